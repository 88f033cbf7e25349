// SHA-1 (FIPS 180-4): OpenPGP names keys by it, nothing here trusts it.
#pragma once

#include <array>
#include <string_view>

namespace mlrepro {

[[nodiscard]] std::array<unsigned char, 20> sha1(std::string_view bytes);

}  // namespace mlrepro
