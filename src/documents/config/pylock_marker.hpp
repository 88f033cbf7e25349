// Markers of pylock.toml: PEP 508 with the variables `extras` and `dependency_groups` (PEP 751).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace mlrepro {

struct PylockChoice {  // normalised names
  std::set<std::string> extras;
  std::set<std::string> groups;
};

struct FoldedMarker {
  bool never = false;  // it holds nowhere
  std::string text;    // PEP 508, without the two variables; empty: it holds everywhere
};

// What is left of a marker when the extras and groups are known. Absent where it is no marker, or nested
// deeper than 64.
[[nodiscard]] std::optional<FoldedMarker> fold_marker(std::string_view text, const PylockChoice& choice);

}  // namespace mlrepro
