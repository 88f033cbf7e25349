// Debian version numbers [epoch:]upstream[-revision]: Debian policy 5.6.12, deb-version(7).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::deb {

struct Version {
  std::uint32_t epoch = 0;
  std::string upstream;
  std::string revision;  // empty where there is none; compares like "0"

  // As dpkg's strict check: the upstream part begins with a digit, only the allowed characters. Absent on
  // anything else.
  [[nodiscard]] static std::optional<Version> parse(std::string_view text);
  // Without an epoch of 0. Not the inverse of parse for "0:1".
  [[nodiscard]] std::string str() const;
};

// dpkg's order. Equivalent does not mean equal text: "1.0" and "1.00-0" are equivalent.
[[nodiscard]] std::weak_ordering compare(const Version& left, const Version& right);
// The same without a copy. Also for what parse() refuses, as dpkg compares what it only warns of: an epoch
// that is no number counts as 0 and belongs to the upstream part.
[[nodiscard]] std::weak_ordering compare_versions(std::string_view left, std::string_view right);

enum class Comparison { any, less, less_equal, equal, greater_equal, greater };  // "", <<, <=, =, >=, >>

[[nodiscard]] std::string_view to_string(Comparison comparison);
// Also the old "<" and ">", which policy 7.1 reads as <= and >=.
[[nodiscard]] std::optional<Comparison> parse_comparison(std::string_view text);
// Whether `version` stands in that relation to `bound`.
[[nodiscard]] bool satisfies(std::string_view version, Comparison comparison, std::string_view bound);

}  // namespace mlrepro::deb
