// The control stanza inside a .deb (Debian policy chapter 5), as much of it as unpacking and configuring
// decide by.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "standards/deb/relation.hpp"

namespace mlrepro {

struct PackageControl {
  // In file order; values as written, continuation lines with the space that they begin with.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string package;
  std::string version;
  std::string architecture;
  bool same = false;          // Multi-Arch: same
  bool essential = false;     // Essential: yes
  deb::Relations needs;       // Pre-Depends, then Depends
  std::size_t pre_needs = 0;  // how many of `needs` are Pre-Depends
  deb::Relations provides;
  deb::Relations replaces;

  // The name that dpkg's info files carry: "libc6:amd64" where several architectures may be installed
  // together.
  [[nodiscard]] std::string info_name() const { return same ? package + ":" + architecture : package; }
};

// Throws Error(input, "bad-control") with `name` where it is no single stanza, lacks Package, Version or
// Architecture, or holds a field that is dpkg's own.
[[nodiscard]] PackageControl parse_package_control(std::string_view text, const std::string& name);

}  // namespace mlrepro
