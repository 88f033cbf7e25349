#include "codec/zip_writer.hpp"

#include <zlib.h>

#include <algorithm>
#include <chrono>

#include "base/error.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t most_bytes = 0xffffffff;
constexpr std::uint32_t most_members = 0xfffe;
constexpr std::uint32_t version = 20;                      // 2.0: folders, stored and deflated
constexpr std::uint32_t made_on_unix = 3U << 8 | version;  // 4.4.2
constexpr std::uint32_t names_are_utf8 = 1U << 11;         // 4.4.4, bit 11

void append(std::string& text, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    text.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

}  // namespace

std::uint32_t dos_time(std::int64_t unix_time) {
  namespace chrono = std::chrono;
  constexpr std::int64_t first = 315532800;  // 1980-01-01
  constexpr std::int64_t last = 4354819198;  // 2107-12-31 23:59:58
  const std::int64_t seconds = std::clamp(unix_time, first, last);
  const chrono::sys_days day{chrono::days{seconds / 86400}};
  const chrono::year_month_day date{day};
  const auto rest = static_cast<std::uint32_t>(seconds % 86400);
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()) - 1980);
  const std::uint32_t upper =
      year << 9 | static_cast<unsigned>(date.month()) << 5 | static_cast<unsigned>(date.day());
  return upper << 16 | rest / 3600 << 11 | rest % 3600 / 60 << 5 | rest % 60 / 2;
}

void ZipWriter::put(std::string_view bytes) {
  written_ += bytes.size();
  out_(bytes);
}

void ZipWriter::add(const std::string& name, std::uint32_t mode,
                    const std::function<void(const Piece&)>& content) {
  std::uint64_t size = 0;
  uLong crc = ::crc32(0, nullptr, 0);
  content([&](std::string_view piece) {
    size += piece.size();
    crc = ::crc32_z(crc, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
  });
  const std::uint64_t offset = written_;
  if (offset + size + directory_.size() + 4 * name.size() + 256 > most_bytes || members_ == most_members ||
      name.size() > 0xffff) {
    throw Error(ErrorKind::input, "zip-too-large", "the archive would be too large at " + name);
  }
  const bool ascii =
      std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::string fields;  // what the local header and the directory share (4.3.7, 4.3.12)
  append(fields, version, 2);
  append(fields, ascii ? 0 : names_are_utf8, 2);
  append(fields, 0, 2);
  append(fields, time_, 4);
  append(fields, crc, 4);
  append(fields, size, 4);
  append(fields, size, 4);
  append(fields, name.size(), 2);
  append(fields, 0, 2);
  std::string local = "PK\x03\x04" + fields + name;
  put(local);
  std::uint64_t again = 0;
  content([&](std::string_view piece) {
    again += piece.size();
    put(piece);
  });
  if (again != size)
    throw Error(ErrorKind::internal, "zip-content", "the member " + name + " changed while it was written");
  directory_ += "PK\x01\x02";
  append(directory_, made_on_unix, 2);
  directory_ += fields;
  append(directory_, 0, 6);  // comment, disk, internal attributes
  append(directory_, std::uint64_t{mode} << 16, 4);
  append(directory_, offset, 4);
  directory_ += name;
  ++members_;
}

void ZipWriter::finish() {
  const std::uint64_t offset = written_;
  std::string end = "PK\x05\x06";
  append(end, 0, 4);
  append(end, members_, 2);
  append(end, members_, 2);
  append(end, directory_.size(), 4);
  append(end, offset, 4);
  append(end, 0, 2);
  put(directory_);
  put(end);
}

}  // namespace mlrepro
