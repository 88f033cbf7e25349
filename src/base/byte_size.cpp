#include "base/byte_size.hpp"

namespace mlrepro {

std::string readable_size(std::uint64_t bytes) {
  if (bytes < 1'000) return std::to_string(bytes) + " B";
  if (bytes < 1'000'000) return std::to_string(bytes / 1'000) + " kB";
  const bool giga = bytes >= 1'000'000'000;
  const std::uint64_t tenths = bytes / (giga ? 100'000'000 : 100'000);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + (giga ? " GB" : " MB");
}

}  // namespace mlrepro
