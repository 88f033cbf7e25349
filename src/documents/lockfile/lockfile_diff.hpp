// What moved between two locks, as a person asks it: package by package.
#pragma once

#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

struct LockChange {
  std::string section;  // "os" | "python" | "data"
  std::string name;
  std::string before;  // version, or a data set's digest; empty: added
  std::string after;   // empty: removed
};

// Sorted by section and name. Packages of one version but another file count as a change.
[[nodiscard]] std::vector<LockChange> changes_between(const Lockfile& before, const Lockfile& after);

}  // namespace mlrepro
