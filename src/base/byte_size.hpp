// Sizes for people.
#pragma once

#include <cstdint>
#include <string>

namespace mlrepro {

// Decimal units, cut and not rounded: "12 B", "345 kB", "6.7 MB", "8.9 GB".
[[nodiscard]] std::string readable_size(std::uint64_t bytes);

}  // namespace mlrepro
