// Numbers in binary formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mlrepro {

// That of `size` bytes (8 at most) at `at`; 0 where the bytes end before.
[[nodiscard]] constexpr std::uint64_t little_endian(std::string_view bytes, std::size_t at,
                                                    std::size_t size) {
  if (at > bytes.size() || bytes.size() - at < size) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

}  // namespace mlrepro
