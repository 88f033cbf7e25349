// The control stanza inside a .deb (Debian policy chapter 5), as much of it as unpacking and configuring
// decide by.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro {

// One alternative of a relation: "libc6 (>= 2.36)"; an architecture qualifier (":any") is dropped.
struct PackageRelation {
  std::string name;
  std::string operation;  // "<<", "<=", "=", ">=", ">>", or empty
  std::string version;
};

struct PackageControl {
  std::vector<std::pair<std::string, std::string>>
      fields;  // in file order; values as written, with continuation lines
  std::string package;
  std::string version;
  std::string architecture;
  bool same = false;                                // Multi-Arch: same
  bool essential = false;                           // Essential: yes
  std::vector<std::vector<PackageRelation>> needs;  // Pre-Depends, then Depends: groups of alternatives
  std::vector<PackageRelation> provides;
  std::vector<PackageRelation> replaces;

  // The name that dpkg's info files carry: "libc6:amd64" where several architectures may be installed
  // together.
  [[nodiscard]] std::string info_name() const { return same ? package + ":" + architecture : package; }
};

// Throws Error(input, "bad-control") with `name` where it is no single stanza, or lacks Package, Version or
// Architecture.
[[nodiscard]] PackageControl parse_package_control(std::string_view text, const std::string& name);

// Debian policy section 5.6.12: negative, zero or positive as `a` sorts before, with or after `b`.
[[nodiscard]] int compare_package_versions(std::string_view a, std::string_view b);
// Whether `version` keeps the relation's bound.
[[nodiscard]] bool satisfies(const PackageRelation& relation, std::string_view version);

}  // namespace mlrepro
