#include "services/python_build/source_archive.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "adapters/archive/tar_reader.hpp"
#include "adapters/archive/zip_archive.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "tree/disk_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_members = 200'000;
constexpr std::uint64_t most_bytes = std::uint64_t{8} << 30;
constexpr std::uint32_t type_bits = 0170000;
constexpr std::uint32_t link_bits = 0120000;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::input, "bad-sdist", name + " cannot be used: " + why,
              "the source itself is broken: lock another version, or tell its maintainers");
}

class Limits {
 public:
  explicit Limits(const std::string& name) : name_(name) {}
  void count(std::uint64_t size) {
    if (++members_ > most_members) refuse(name_, "it has over " + std::to_string(most_members) + " members");
    if (size > most_bytes || (bytes_ += size) > most_bytes) refuse(name_, "it holds over 8 GiB");
  }

 private:
  const std::string& name_;
  std::size_t members_ = 0;
  std::uint64_t bytes_ = 0;
};

using Member = std::function<void(const TreeEntry&, const Content&)>;

void read_zip(const fs::path& file, const std::string& name, const Member& member) {
  const ZipArchive archive(file, name);
  Limits limits(name);
  for (const auto& each : archive.members()) {
    limits.count(each.size);
    TreeEntry entry;
    std::string_view path = each.name;
    while (path.starts_with("./"))
      path.remove_prefix(2);
    const bool folder = path.ends_with('/');
    while (path.ends_with('/'))
      path.remove_suffix(1);
    if (path.empty() || path == ".") continue;
    entry.path = path;
    check_tree_path(entry.path);
    entry.mode = each.mode & 07777U;
    if (folder) {
      entry.type = EntryType::directory;
    } else if ((each.mode & type_bits) == link_bits) {
      entry.type = EntryType::symlink;
      entry.target = archive.read_text(each, 4096);
    } else {
      entry.size = each.size;
    }
    member(entry, [&](const auto& piece) { archive.read(each, piece); });
  }
}

void read_tarball(const fs::path& file, const std::string& name, const Member& member) {
  const UniqueFd fd = open_file(file, O_RDONLY);
  Limits limits(name);
  read_tar(read_from(fd.get(), file.string()), name, [&](const TreeEntry& entry, const Content& content) {
    limits.count(entry.size);
    member(entry, content);
  });
}

}  // namespace

void read_source(const fs::path& file, const std::string& name, const Member& member) {
  try {
    to_lower(name).ends_with(".zip") ? read_zip(file, name, member) : read_tarball(file, name, member);
  } catch (const Error& error) {
    const std::string& code = error.code();
    if (code == "bad-archive" || code == "bad-zip" || code == "bad-path") refuse(name, error.message());
    throw;
  }
}

void TopFolder::see(const TreeEntry& entry) {
  const auto slash = entry.path.find('/');
  const std::string top = entry.path.substr(0, slash);
  const bool inside = slash != std::string::npos || entry.type == EntryType::directory;
  only_ = inside && (!any_ || (only_ && top == name_));
  if (!any_) name_ = top;
  if (!inside) name_.clear();
  any_ = true;
}

std::string unpack_source(const fs::path& file, const std::string& name, const fs::path& folder,
                          std::int64_t newest_time) {
  DiskSink sink(folder);
  TopFolder top;
  read_source(file, name, [&](const TreeEntry& member, const Content& content) {
    top.see(member);
    TreeEntry entry = member;
    entry.uid = 0;
    entry.gid = 0;
    entry.xattrs.clear();
    entry.mode = entry.type == EntryType::directory || (entry.mode & 0111U) != 0 ? 0755 : 0644;
    entry.mtime = std::clamp<std::int64_t>(entry.mtime, 0, newest_time);
    try {
      sink.add(entry, content);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::input) refuse(name, error.message());
      throw;
    }
  });
  sink.finish();
  // A checkout's own tar has no folder around it.
  return name.ends_with(".tar") ? std::string() : top.name();
}

}  // namespace mlrepro
