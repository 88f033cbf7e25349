// JSON (RFC 8259): Json keeps keys in the order of writing, so that a document reads as its schema does.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mlrepro {

using Json = nlohmann::ordered_json;

// Refuses duplicate keys, nesting over 64 and trailing text. Throws Error(input, "bad-json") with `name`,
// line and column.
[[nodiscard]] Json parse_json(std::string_view text, const std::string& name);

// RFC 8785 (JCS): keys sorted by UTF-16 code units, no white space, ECMAScript numbers. Integers beyond 2^53
// are refused (Error internal), since JCS numbers are doubles.
[[nodiscard]] std::string canonical_json(const Json& value);

// Two spaces of indent, keys in their order, a newline at the end.
[[nodiscard]] std::string pretty_json(const Json& value);

}  // namespace mlrepro
