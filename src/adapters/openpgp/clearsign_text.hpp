// The frame of a clearsigned document, read by ourselves: RFC 4880 section 7. What a second reader finds to
// be the text guards against a first one that shows what nobody signed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mlrepro {

// The signed text as it is hashed, but with lines ended by '\n' alone: dashes unescaped, white space at line
// ends removed. Absent where the document is anything but one clearsigned message whose only armor headers
// are "Hash", with nothing but white space behind it, and with signatures of 256 KiB at most.
[[nodiscard]] std::optional<std::string> clearsigned_text(std::string_view document);

// `text` with white space (space, tab, carriage return) removed from the ends of its lines, and of line feeds
// at its end.
[[nodiscard]] std::string without_line_ends(std::string_view text);

}  // namespace mlrepro
