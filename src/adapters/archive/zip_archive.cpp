#include "adapters/archive/zip_archive.hpp"

#include <zip.h>

#include <unordered_set>

#include "adapters/archive/zip_library.hpp"
#include "base/error.hpp"
#include "base/handle.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t chunk = std::size_t{256} << 10;

std::string open_error(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace

struct ZipArchive::State {
  std::unique_ptr<zip_t, Deleter<zip_discard>> handle;
};

ZipArchive::ZipArchive(const std::filesystem::path& file, std::string name)
    : name_(std::move(name)), state_(std::make_unique<State>()) {
  load_zip();
  int code = 0;
  state_->handle.reset(zip_open(file.c_str(), ZIP_RDONLY, &code));
  if (!state_->handle) refuse(open_error(code));
  const zip_int64_t count = zip_get_num_entries(state_->handle.get(), 0);
  std::unordered_set<std::string> seen;
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t info;
    if (zip_stat_index(state_->handle.get(), index, ZIP_FL_ENC_RAW, &info) != 0 ||
        (info.valid & ZIP_STAT_NAME) == 0 || (info.valid & ZIP_STAT_SIZE) == 0) {
      refuse("a member's entry cannot be read");
    }
    ZipMember member{info.name, info.size, 0, index};
    if ((info.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && info.encryption_method != ZIP_EM_NONE) {
      refuse(member.name + " is encrypted");
    }
    if (!seen.insert(member.name).second) refuse(member.name + " is there twice");
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(state_->handle.get(), index, 0, &system, &attributes) == 0 &&
        system == ZIP_OPSYS_UNIX) {
      member.mode = attributes >> 16;
    }
    members_.push_back(std::move(member));
  }
}

ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

void ZipArchive::refuse(const std::string& why) const {
  throw Error(ErrorKind::input, "bad-zip", name_ + " cannot be read: " + why);
}

void ZipArchive::read(const ZipMember& member, const std::function<void(std::string_view)>& piece) const {
  const std::unique_ptr<zip_file_t, Deleter<zip_fclose>> file(
      zip_fopen_index(state_->handle.get(), member.index, 0));
  if (!file) refuse(member.name + ": " + zip_strerror(state_->handle.get()));
  const auto buffer = std::make_unique_for_overwrite<char[]>(chunk);
  std::uint64_t total = 0;
  // Read to the end and not just to the declared size: libzip compares the CRC there.
  for (;;) {
    const zip_int64_t got = zip_fread(file.get(), buffer.get(), chunk);
    if (got < 0) refuse(member.name + ": " + zip_file_strerror(file.get()));
    if (got == 0) break;
    total += static_cast<std::uint64_t>(got);
    if (total > member.size) refuse(member.name + " is larger than its entry says");
    piece({buffer.get(), static_cast<std::size_t>(got)});
  }
  if (total != member.size) refuse(member.name + " is smaller than its entry says");
}

std::string ZipArchive::read_text(const ZipMember& member, std::uint64_t most) const {
  if (member.size > most) refuse(member.name + " is larger than " + std::to_string(most) + " bytes");
  std::string text;
  text.reserve(static_cast<std::size_t>(member.size));
  read(member, [&](std::string_view piece) { text.append(piece); });
  return text;
}

}  // namespace mlrepro
