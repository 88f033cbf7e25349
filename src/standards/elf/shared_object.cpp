#include "standards/elf/shared_object.hpp"

#include <algorithm>
#include <string_view>

#include "codec/little_endian.hpp"

namespace mlrepro::elf {
namespace {

constexpr std::uint32_t pt_load = 1;
constexpr std::uint32_t pt_dynamic = 2;
constexpr std::uint64_t dt_strtab = 5;
constexpr std::uint64_t dt_soname = 14;
constexpr std::size_t header_size = 64;
constexpr std::size_t segment_size = 56;
constexpr std::uint64_t most_segments = 256;
constexpr std::uint64_t most_dynamic = 64U << 10;
constexpr std::size_t longest_name = 256;

std::string soname_of(const ReadBytes& read, std::string_view header) {
  const std::uint64_t count = std::min(little_endian(header, 56, 2), most_segments);
  if (little_endian(header, 54, 2) != segment_size) return "";
  const std::string segments =
      read(little_endian(header, 32, 8), static_cast<std::size_t>(count) * segment_size);
  std::string dynamic;
  for (std::size_t at = 0; at + segment_size <= segments.size(); at += segment_size) {
    if (little_endian(segments, at, 4) == pt_dynamic) {
      const std::uint64_t size = std::min(little_endian(segments, at + 32, 8), most_dynamic);
      dynamic = read(little_endian(segments, at + 8, 8), static_cast<std::size_t>(size));
    }
  }
  std::optional<std::uint64_t> name;
  std::uint64_t strings = 0;
  for (std::size_t at = 0; at + 16 <= dynamic.size(); at += 16) {
    const std::uint64_t tag = little_endian(dynamic, at, 8);
    if (tag == 0) break;
    if (tag == dt_strtab) strings = little_endian(dynamic, at + 8, 8);
    if (tag == dt_soname) name = little_endian(dynamic, at + 8, 8);
  }
  if (!name) return "";
  // The table is named by where it lies in memory.
  for (std::size_t at = 0; at + segment_size <= segments.size(); at += segment_size) {
    const std::uint64_t address = little_endian(segments, at + 16, 8);
    if (little_endian(segments, at, 4) != pt_load || strings < address ||
        strings - address >= little_endian(segments, at + 32, 8))
      continue;
    const std::string text =
        read(strings - address + little_endian(segments, at + 8, 8) + *name, longest_name);
    const auto end = text.find('\0');
    return end == std::string::npos ? "" : text.substr(0, end);
  }
  return "";
}

}  // namespace

std::optional<SharedObject> read_shared_object(const ReadBytes& read) {
  const std::string header = read(0, header_size);
  if (!header.starts_with("\x7f"
                          "ELF") ||
      header.size() < 20)
    return std::nullopt;
  SharedObject object;
  object.wide = header[4] == 2;
  const bool little = header[5] == 1;
  if (little) object.machine = static_cast<std::uint16_t>(little_endian(header, 18, 2));
  if (object.wide && little && header.size() == header_size) object.soname = soname_of(read, header);
  return object;
}

}  // namespace mlrepro::elf
