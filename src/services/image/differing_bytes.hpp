// Where bytes begin to differ, in words for a person.
#pragma once

#include <string>
#include <string_view>

#include "base/file_bytes.hpp"

namespace mlrepro {

// As a C string would be written, in quotes: what is no printable ASCII is \xNN, so that a terminal is safe.
[[nodiscard]] std::string literal(std::string_view bytes);

// "bytes from offset 4 on: "abcd1"/"abcd2"", with some that are around; empty where there is no difference.
[[nodiscard]] std::string differing_bytes(const ReadBytes& first, const ReadBytes& second);
[[nodiscard]] std::string differing_bytes(std::string_view first, std::string_view second);

}  // namespace mlrepro
