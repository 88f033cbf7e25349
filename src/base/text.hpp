// Plain text, bytes as they are: no locale takes part.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

// Without ASCII white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
// Pieces between `separator`, empty ones kept: split("a,,b", ',') is {"a", "", "b"}.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
// Pieces between runs of ASCII white space, no empty ones.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);
// The pieces are views: what they are of must outlive them, as a temporary in a loop's head does not.
template <std::same_as<std::string> Text>
void split(Text&& text, char separator) = delete;
template <std::same_as<std::string> Text>
void split_words(Text&& text) = delete;
[[nodiscard]] std::string join(std::span<const std::string> pieces, std::string_view separator);
[[nodiscard]] std::string to_lower(std::string_view text);
// A non-negative decimal number and nothing else; absent on anything else or overflow.
[[nodiscard]] std::optional<unsigned long long> parse_number(std::string_view text);
// The candidate nearest to `word` (Damerau-Levenshtein distance at most a third of its length), ties by
// order; absent where none is near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

}  // namespace mlrepro
