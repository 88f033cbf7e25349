#include "codec/tar_writer.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t block = 512;
constexpr std::size_t field_path = 100;
constexpr std::uint64_t most_size = std::uint64_t{1} << 33;
constexpr std::uint32_t most_id = std::uint32_t{1} << 21;

using Block = std::array<char, block>;

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80                   ? 0
                             : lead >= 0xC2 && lead < 0xE0 ? 1
                             : lead >= 0xE0 && lead < 0xF0 ? 2
                             : lead >= 0xF0 && lead < 0xF5 ? 3
                                                           : 4;
    if (more == 4 || text.size() - i <= more) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return false;
    }
    i += more + 1;
  }
  return true;
}

// `digits` octal digits at `offset`; the NUL after them is there already.
void octal(Block& header, std::size_t offset, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i-- > 0; value >>= 3)
    header[offset + i] = static_cast<char>('0' + (value & 7));
}

void text_field(Block& header, std::size_t offset, std::size_t length, std::string_view text) {
  std::memcpy(header.data() + offset, text.data(), std::min(length, text.size()));
}

struct Fields {
  std::string_view path;
  std::string_view target;
  char type = '0';
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::uint64_t mtime = 0;
  bool device = false;
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
};

Block ustar(const Fields& fields) {
  Block header{};
  text_field(header, 0, field_path, fields.path);
  octal(header, 100, 7, fields.mode);
  octal(header, 108, 7, fields.uid);
  octal(header, 116, 7, fields.gid);
  octal(header, 124, 11, fields.size);
  octal(header, 136, 11, fields.mtime);
  header[156] = fields.type;
  text_field(header, 157, field_path, fields.target);
  text_field(header, 257, 8, std::string_view("ustar\00000", 8));
  if (fields.device) {
    octal(header, 329, 7, fields.device_major);
    octal(header, 337, 7, fields.device_minor);
  }
  std::memset(header.data() + 148, ' ', 8);
  std::uint64_t sum = 0;
  for (const char c : header)
    sum += static_cast<unsigned char>(c);
  octal(header, 148, 6, sum);
  header[154] = '\0';
  return header;
}

// "LENGTH KEY=VALUE\n" where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length)
    length = std::to_string(length).size() + rest;
  std::string record = std::to_string(length);
  record.append(" ").append(key).append("=").append(value).append("\n");
  return record;
}

bool needs_record(std::string_view path) {
  return path.size() > field_path || !is_ascii(path);
}

}  // namespace

void TarWriter::put(std::string_view bytes) {
  out_(bytes);
  written_ += bytes.size();
}

void TarWriter::pad(std::uint64_t size) {
  static constexpr Block zeros{};
  const auto over = static_cast<std::size_t>(size % block);
  if (over != 0) put({zeros.data(), block - over});
}

void TarWriter::end_entry() {
  if (remaining_ != 0) {
    throw Error(ErrorKind::internal, "tar",
                path_ + " has " + std::to_string(remaining_) + " bytes less than its header says");
  }
  pad(size_);
  size_ = 0;
}

void TarWriter::begin(const TarHeader& header) {
  end_entry();
  path_ = header.path;
  const std::string path = header.type == TarType::directory ? header.path + "/" : header.path;
  const std::uint64_t size = header.type == TarType::file ? header.size : 0;

  std::map<std::string, std::string> records;
  if (needs_record(path)) records["path"] = path;
  if (needs_record(header.target)) records["linkpath"] = header.target;
  if (size >= most_size) records["size"] = std::to_string(size);
  if (header.uid >= most_id) records["uid"] = std::to_string(header.uid);
  if (header.gid >= most_id) records["gid"] = std::to_string(header.gid);
  const bool odd_time = header.mtime < 0 || static_cast<std::uint64_t>(header.mtime) >= most_size;
  if (odd_time) records["mtime"] = std::to_string(header.mtime);
  for (const auto& [name, value] : header.xattrs)
    records["SCHILY.xattr." + name] = value;
  if (!records.empty()) {
    std::string body;
    if (!is_utf8(path) || !is_utf8(header.target)) body += pax_record("hdrcharset", "BINARY");
    for (const auto& [key, value] : records)
      body += pax_record(key, value);
    const Block pax =
        ustar({.path = "PaxHeader", .target = {}, .type = 'x', .mode = 0644, .size = body.size()});
    put({pax.data(), pax.size()});
    put(body);
    pad(body.size());
  }

  const Block main =
      ustar({.path = path,
             .target = header.target,
             .type = static_cast<char>(header.type),
             .mode = header.mode & 07777U,
             .uid = header.uid >= most_id ? 0 : header.uid,
             .gid = header.gid >= most_id ? 0 : header.gid,
             .size = size >= most_size ? 0 : size,
             .mtime = odd_time ? 0 : static_cast<std::uint64_t>(header.mtime),
             .device = header.type == TarType::character_device || header.type == TarType::block_device,
             .device_major = header.device_major,
             .device_minor = header.device_minor});
  put({main.data(), main.size()});
  size_ = remaining_ = size;
}

void TarWriter::data(std::string_view piece) {
  if (piece.size() > remaining_) {
    throw Error(ErrorKind::internal, "tar", path_ + " has more bytes than its header says");
  }
  put(piece);
  remaining_ -= piece.size();
}

void TarWriter::finish() {
  static constexpr std::array<char, 2 * block> end{};
  end_entry();
  put({end.data(), end.size()});
}

}  // namespace mlrepro
