#include "standards/elf/loader_cache.hpp"

#include "codec/little_endian.hpp"

namespace mlrepro::elf {
namespace {

constexpr std::string_view magic = "glibc-ld.so.cache1.1";
constexpr std::size_t header_size = 48;
constexpr std::size_t entry_size = 24;
constexpr std::size_t most_entries = 200'000;
constexpr std::size_t longest_path = 4096;

// Empty where none ends in the bytes.
std::string_view name_at(std::string_view bytes, std::size_t at) {
  if (at >= bytes.size()) return {};
  const std::string_view rest = bytes.substr(at, longest_path);
  const auto end = rest.find('\0');
  return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

}  // namespace

std::vector<CachedLibrary> read_loader_cache(std::string_view bytes) {
  std::vector<CachedLibrary> libraries;
  const auto begin = bytes.find(magic);
  if (begin == std::string_view::npos) return libraries;
  bytes.remove_prefix(begin);
  if (bytes.size() < header_size) return libraries;
  const std::size_t count = little_endian(bytes, magic.size(), 4);
  for (std::size_t i = 0; i < count && i < most_entries; ++i) {
    const std::size_t at = header_size + i * entry_size;
    if (at + entry_size > bytes.size()) break;
    const std::string_view name = name_at(bytes, little_endian(bytes, at + 4, 4));
    const std::string_view path = name_at(bytes, little_endian(bytes, at + 8, 4));
    if (!name.empty() && path.starts_with('/')) libraries.push_back({std::string(name), std::string(path)});
  }
  return libraries;
}

}  // namespace mlrepro::elf
