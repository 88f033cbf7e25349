#include "codec/zip_directory.hpp"

#include <zlib.h>

#include <algorithm>

#include "codec/little_endian.hpp"

namespace mlrepro {
namespace {

constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::uint32_t entry_signature = 0x02014b50;
constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::size_t end_size = 22;
constexpr std::size_t locator_size = 20;
constexpr std::size_t end64_size = 56;
constexpr std::size_t entry_size = 46;
constexpr std::size_t local_size = 30;
constexpr std::uint64_t encrypted_flag = 1;  // APPNOTE 4.4.4, bit 0

std::uint32_t word(std::string_view text, std::size_t at) {
  return static_cast<std::uint32_t>(little_endian(text, at, 4));
}

// Takes from the zip64 extra field (id 1) what the fixed fields could not hold, in the order of
// APPNOTE 4.5.3.
bool widen(std::string_view extra, ZipEntry& member) {
  constexpr std::uint64_t full = 0xffffffff;
  const bool needed = member.size == full || member.compressed_size == full || member.header_offset == full;
  while (extra.size() >= 4) {
    const auto id = little_endian(extra, 0, 2);
    const auto length = static_cast<std::size_t>(little_endian(extra, 2, 2));
    if (length > extra.size() - 4) return !needed;
    std::string_view field = extra.substr(4, length);
    extra.remove_prefix(4 + length);
    if (id != 1) continue;
    for (std::uint64_t* value : {&member.size, &member.compressed_size, &member.header_offset}) {
      if (*value != full) continue;
      if (field.size() < 8) return false;
      *value = little_endian(field, 0, 8);
      field.remove_prefix(8);
    }
    return true;
  }
  return !needed;
}

std::optional<std::string> inflate_raw(std::string_view packed, std::uint64_t size) {
  std::string content(static_cast<std::size_t>(size), '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.total_out == size;
  inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return content;
}

}  // namespace

std::optional<ZipDirectory> find_zip_directory(std::string_view tail, std::uint64_t total) {
  if (tail.size() < end_size || total < tail.size()) return std::nullopt;
  const std::uint64_t tail_start = total - tail.size();
  // A comment may follow the record; its length must lead exactly to the end.
  for (std::size_t at = tail.size() - end_size + 1; at-- > 0;) {
    if (word(tail, at) != end_signature) continue;
    if (at + end_size + little_endian(tail, at + 20, 2) != tail.size()) continue;
    ZipDirectory directory{little_endian(tail, at + 16, 4), little_endian(tail, at + 12, 4),
                           little_endian(tail, at + 10, 2)};
    const bool wide =
        directory.offset == 0xffffffff || directory.size == 0xffffffff || directory.entries == 0xffff;
    if (wide && at >= locator_size && word(tail, at - locator_size) == locator64_signature) {
      const std::uint64_t end64 = little_endian(tail, at - locator_size + 8, 8);
      if (end64 < tail_start || end64 - tail_start > tail.size() ||
          tail.size() - (end64 - tail_start) < end64_size) {
        return std::nullopt;
      }
      const auto where = static_cast<std::size_t>(end64 - tail_start);
      if (word(tail, where) != end64_signature) return std::nullopt;
      directory = {little_endian(tail, where + 48, 8), little_endian(tail, where + 40, 8),
                   little_endian(tail, where + 32, 8)};
    }
    if (directory.size > total || directory.offset > total - directory.size) return std::nullopt;
    return directory;
  }
  return std::nullopt;
}

std::optional<std::vector<ZipEntry>> parse_zip_directory(std::string_view bytes, std::uint64_t entries) {
  if (entries > bytes.size() / entry_size) return std::nullopt;
  std::vector<ZipEntry> members;
  members.reserve(static_cast<std::size_t>(entries));
  for (std::uint64_t i = 0; i < entries; ++i) {
    if (bytes.size() < entry_size || word(bytes, 0) != entry_signature) return std::nullopt;
    const auto name_length = static_cast<std::size_t>(little_endian(bytes, 28, 2));
    const auto extra_length = static_cast<std::size_t>(little_endian(bytes, 30, 2));
    const auto comment_length = static_cast<std::size_t>(little_endian(bytes, 32, 2));
    const std::size_t whole = entry_size + name_length + extra_length + comment_length;
    if (bytes.size() < whole) return std::nullopt;
    ZipEntry member;
    member.method = static_cast<std::uint16_t>(little_endian(bytes, 10, 2));
    member.dos_time = word(bytes, 12);
    member.crc32 = word(bytes, 16);
    member.compressed_size = little_endian(bytes, 20, 4);
    member.size = little_endian(bytes, 24, 4);
    member.header_offset = little_endian(bytes, 42, 4);
    member.name = bytes.substr(entry_size, name_length);
    if (member.name.find('\0') != std::string::npos) return std::nullopt;
    if (!widen(bytes.substr(entry_size + name_length, extra_length), member)) return std::nullopt;
    members.push_back(std::move(member));
    bytes.remove_prefix(whole);
  }
  return members;
}

std::uint64_t usual_zip_member_size(const ZipEntry& member) {
  constexpr std::uint64_t usual_extra = 512;
  return local_size + usual_extra + member.name.size() + member.compressed_size;
}

std::optional<std::string> extract_zip_member(std::string_view local, const ZipEntry& member,
                                              std::uint64_t max_size) {
  if (member.size > max_size || local.size() < local_size || word(local, 0) != local_signature)
    return std::nullopt;
  if ((little_endian(local, 6, 2) & encrypted_flag) != 0) return std::nullopt;
  const auto name_length = static_cast<std::size_t>(little_endian(local, 26, 2));
  const auto extra_length = static_cast<std::size_t>(little_endian(local, 28, 2));
  const std::size_t start = local_size + name_length + extra_length;
  if (local.size() < start || local.substr(local_size, name_length) != member.name) return std::nullopt;
  if (local.size() - start < member.compressed_size) return std::nullopt;
  const std::string_view packed = local.substr(start, static_cast<std::size_t>(member.compressed_size));
  std::optional<std::string> content;
  if (member.method == 0 && member.compressed_size == member.size) content = std::string(packed);
  if (member.method == 8) content = inflate_raw(packed, member.size);
  if (!content) return std::nullopt;
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(content->data()), static_cast<uInt>(content->size()));
  return crc == member.crc32 ? content : std::nullopt;
}

}  // namespace mlrepro
