#include "codec/zip_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_bytes.hpp"

namespace mlrepro {
namespace {

// The end record, the longest comment after it, and what zip64 puts before it.
constexpr std::uint64_t tail_size = 65536 + 256;

}  // namespace

ZipFile::ZipFile(const std::filesystem::path& path)
    : ZipFile(open_file(path, O_RDONLY | O_NOFOLLOW), path.string()) {}

ZipFile::ZipFile(UniqueFd file, std::string name) : name_(std::move(name)), fd_(std::move(file)) {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) throw system_error(errno, "read " + name_);
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::string ZipFile::bytes(std::uint64_t from, std::uint64_t count) const {
  std::string bytes(static_cast<std::size_t>(std::min(count, size_ - std::min(from, size_))), '\0');
  if (read_at(fd_.get(), from, bytes, name_) != bytes.size())
    throw Error(ErrorKind::surroundings, "file-cut-short", name_ + " became shorter while it was read");
  return bytes;
}

std::optional<std::vector<ZipEntry>> ZipFile::members(std::uint64_t most_directory) const {
  const std::uint64_t tail = std::min(size_, tail_size);
  const auto place = find_zip_directory(bytes(size_ - tail, tail), size_);
  if (!place || place->size > most_directory) return std::nullopt;
  return parse_zip_directory(bytes(place->offset, place->size), place->entries);
}

std::optional<std::string> ZipFile::content(const ZipEntry& member, std::uint64_t max_size) const {
  if (member.header_offset >= size_ || member.compressed_size > max_size) return std::nullopt;
  return extract_zip_member(bytes(member.header_offset, usual_zip_member_size(member)), member, max_size);
}

}  // namespace mlrepro
