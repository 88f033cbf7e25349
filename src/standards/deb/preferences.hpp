// Priorities of releases and versions as apt decides them: apt_preferences(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "standards/deb/release.hpp"

namespace mlrepro::deb {

// What pins and NAME/RELEASE may say of where a package comes from.
struct ReleaseFacts {
  std::string origin;
  std::string label;
  std::string suite;      // "oldstable-backports"; pins call it a(rchive)
  std::string codename;   // "bookworm-backports"
  std::string version;    // "12.11"
  std::string component;  // "main"
  bool not_automatic = false;
  bool but_automatic_upgrades = false;

  // 500; 1 where NotAutomatic, 100 where it is ButAutomaticUpgrades as well.
  [[nodiscard]] int default_priority() const noexcept;
};

[[nodiscard]] ReleaseFacts facts_of(const Release& release, const std::string& component);

// apt's shell patterns, fnmatch(3) without flags.
[[nodiscard]] bool pattern_matches(const std::string& pattern, const std::string& text);

// The value of "Pin: release": "*", a suite or codename, a version where it begins with a digit, or a list as
// "o=Debian,n=bookworm-backports" (a suite, n codename, o origin, l label, v version, c component).
[[nodiscard]] bool release_matches(std::string_view wanted, const ReleaseFacts& release);

// Empty, or what is wrong with such a value.
[[nodiscard]] std::string release_fault(std::string_view wanted);

struct Pin {
  std::vector<std::string> packages;  // names or shell patterns; "*" alone is apt's general form
  std::string release;                // one of these two is empty
  std::string version;                // a shell pattern
  int priority = 0;                   // never 0; negative: never installed
  [[nodiscard]] bool is_general() const { return packages.size() == 1 && packages.front() == "*"; }
};

// The priority of one version of a package: the first specific pin that fits, then the first general one,
// then the default; a version in several releases has the greatest. `releases` is not empty.
[[nodiscard]] int priority_of(const std::vector<Pin>& pins, const std::string& package,
                              const std::string& version, const std::vector<const ReleaseFacts*>& releases);

}  // namespace mlrepro::deb
