#include "services/python_build/built_wheel.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "adapters/archive/zip_archive.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "codec/zip_file.hpp"
#include "codec/zip_writer.hpp"
#include "standards/python/record.hpp"
#include "standards/python/wheel_metadata.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_text = std::uint64_t{64} << 20;
constexpr std::uint32_t plain_file = 0100644;
constexpr std::uint32_t program_file = 0100755;

bool in_dist_info(std::string_view name) {
  return name.substr(0, name.find('/')).ends_with(".dist-info");
}

bool is_record(std::string_view name) {
  return in_dist_info(name) && name.ends_with("/RECORD") && std::count(name.begin(), name.end(), '/') == 1;
}

// By walk: the files of a folder before its folders, each by name; what most backends do.
bool walks_before(std::string_view a, std::string_view b) {
  for (;;) {
    const auto slash_a = a.find('/');
    const auto slash_b = b.find('/');
    const bool folder_a = slash_a != std::string_view::npos;
    const bool folder_b = slash_b != std::string_view::npos;
    if (folder_a != folder_b) return folder_b;
    const auto first_a = a.substr(0, slash_a);
    const auto first_b = b.substr(0, slash_b);
    if (first_a != first_b || !folder_a) return first_a < first_b;
    a.remove_prefix(slash_a + 1);
    b.remove_prefix(slash_b + 1);
  }
}

// The members of .dist-info are written one by one by programs, so their order is the program's.
bool is_ordered(const std::vector<ZipEntry>& members) {
  std::vector<std::string_view> names;
  for (const auto& member : members) {
    if (!in_dist_info(member.name)) names.push_back(member.name);
  }
  return std::is_sorted(names.begin(), names.end()) ||
         std::is_sorted(names.begin(), names.end(), walks_before);
}

bool has_fixed_time(const std::vector<ZipEntry>& members, std::int64_t epoch) {
  // 1980-01-01, 2016-01-01 and 2020-02-02 stand for "no time" in setuptools, flit and hatchling.
  constexpr std::array<std::int64_t, 3> nameless{315532800, 1451606400, 1580601600};
  if (members.empty()) return false;
  const std::uint32_t time = members.front().dos_time;
  bool known = time == dos_time(epoch);
  for (const auto fixed : nameless)
    known = known || time == dos_time(fixed);
  return known && std::all_of(members.begin(), members.end(),
                              [&](const auto& member) { return member.dos_time == time; });
}

void write_anew(const fs::path& file, const std::string& name, std::int64_t epoch, BlobStore::Writer& out) {
  const ZipArchive wheel(file, name);
  std::vector<const ZipMember*> members;
  for (const auto& member : wheel.members()) {
    if (!member.name.ends_with('/')) members.push_back(&member);
  }
  const auto key = [](const ZipMember* member) {
    return std::make_tuple(in_dist_info(member->name), is_record(member->name),
                           std::string_view(member->name));
  };
  std::sort(members.begin(), members.end(), [&](const auto* a, const auto* b) { return key(a) < key(b); });
  ZipWriter writer([&](std::string_view bytes) { out.write(bytes); }, dos_time(epoch));
  for (const ZipMember* member : members) {
    const std::uint32_t mode = (member->mode & 0111U) != 0 ? program_file : plain_file;
    if (is_record(member->name)) {
      std::string text = wheel.read_text(*member, most_text);
      if (auto entries = python::parse_record(text)) text = python::render_record(std::move(*entries));
      writer.add(member->name, mode, [&](const auto& piece) { piece(text); });
    } else {
      writer.add(member->name, mode, [&](const auto& piece) { wheel.read(*member, piece); });
    }
  }
  writer.finish();
}

}  // namespace

PythonFile keep_wheel(const fs::path& file, const std::string& name, std::int64_t source_date_epoch,
                      const BlobStore& store) {
  const auto members = ZipFile(file).members();
  if (!members) throw Error(ErrorKind::input, "bad-wheel", name + ", as it was built, is no wheel");
  auto writer = store.writer();
  if (has_fixed_time(*members, source_date_epoch) && is_ordered(*members)) {
    read_chunks(file, [&](std::string_view bytes) { writer.write(bytes); });
  } else {
    write_anew(file, name, source_date_epoch, writer);
  }
  const std::uint64_t size = writer.size();
  return {name, size, writer.commit()};
}

python::CoreMetadata metadata_of_built(const fs::path& file, const std::string& name) {
  if (auto metadata = python::CoreMetadata::parse(python::read_wheel_text(file).metadata)) return *metadata;
  throw Error(ErrorKind::input, "bad-wheel", name + ", as it was built, has no METADATA that can be read");
}

}  // namespace mlrepro
