// Hexadecimal digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace mlrepro {

// Of a digit in either case; -1 for what is none.
[[nodiscard]] int hex_value(char digit);
// Two lower-case digits a byte.
[[nodiscard]] std::string hex_of(std::span<const std::uint8_t> bytes);
// So many bytes from the kernel, for names that nobody else has.
[[nodiscard]] std::string random_hex(std::size_t bytes);

}  // namespace mlrepro
