// Text of others that may end up in a document of ours.
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::python {

// The text with each byte that is not part of well-formed UTF-8 (RFC 3629) replaced by U+FFFD.
[[nodiscard]] std::string as_utf8(std::string_view text);
// Appends a code point; U+FFFD for what is none (surrogates, 0, above U+10FFFF).
void append_code_point(std::string& out, unsigned long code_point);

}  // namespace mlrepro::python
