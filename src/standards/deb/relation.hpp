// Relations between packages: "a (>= 1) | b:any [amd64] <!nocheck>, c". Debian policy chapter 7,
// deb-control(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/deb/version.hpp"

namespace mlrepro::deb {

struct Term {  // of "[!amd64]" or "<!nocheck>"
  bool negated = false;
  std::string name;
  bool operator==(const Term&) const = default;
};

struct Relation {
  std::string name;
  std::string qualifier;  // "any", "native" or an architecture, from "name:any"; empty: none
  Comparison comparison = Comparison::any;
  std::string version;                      // empty with Comparison::any
  std::vector<Term> architectures;          // of one "[...]"
  std::vector<std::vector<Term>> profiles;  // one for each "<...>"
  bool operator==(const Relation&) const = default;

  // Whether its "[...]" and "<...>" let it count on `architecture` ("amd64") with the given build profiles.
  [[nodiscard]] bool applies(std::string_view architecture,
                             const std::vector<std::string>& build_profiles = {}) const;
};

using Alternatives = std::vector<Relation>;   // one of them suffices; never empty
using Relations = std::vector<Alternatives>;  // all are needed

// The value of a Depends, Pre-Depends, Provides, Conflicts ... field; empty groups between commas are skipped
// as dpkg does. Absent on anything that is none.
[[nodiscard]] std::optional<Relations> try_parse_relations(std::string_view text);
// Throws Error(input, "bad-relation") with the text and what is wrong with it.
[[nodiscard]] Relations parse_relations(std::string_view text);

// What a person asks for: one relation with its alternatives, or apt's "name=version". Throws Error(input,
// "bad-relation").
[[nodiscard]] Alternatives parse_wish(std::string_view text);

// As policy writes them; inverse of the parsers.
[[nodiscard]] std::string to_string(const Relation& relation);
[[nodiscard]] std::string to_string(const Alternatives& alternatives);
[[nodiscard]] std::string to_string(const Relations& relations);

// Policy 5.6.1: at least two of a-z 0-9 + - . and beginning with a letter or digit.
[[nodiscard]] bool is_package_name(std::string_view name);
// Architecture names and wildcards, policy 11.1.1: "any", "linux-any", "any-amd64", "amd64".
[[nodiscard]] bool architecture_matches(std::string_view architecture, std::string_view wildcard);

}  // namespace mlrepro::deb
