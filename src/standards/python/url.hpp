// The little of RFC 3986 that index pages and direct references need.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace mlrepro::python {

// "git+https" of "git+https://...", in lower case; empty where there is none (RFC 3986 section 3.1).
[[nodiscard]] std::string scheme_of(std::string_view url);
// `reference` as seen from `base` (RFC 3986 section 5.2; an absolute reference stands for itself). Keeps the
// fragment.
[[nodiscard]] std::string resolve_url(std::string_view base, std::string_view reference);
// "+" -> "%2B", for each byte that may not stay.
[[nodiscard]] std::string percent_encode(std::string_view text, const std::function<bool(char)>& stays);
// "%2B" -> "+"; a broken escape stays as it is.
[[nodiscard]] std::string percent_decode(std::string_view text);

// " " -> "%20": what may stand in a path as it is stays, '/' too. percent_decode() is its inverse.
[[nodiscard]] std::string encode_path(std::string_view text);

}  // namespace mlrepro::python
