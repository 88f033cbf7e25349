// What moved between two locks, as a person asks it: package by package.
#pragma once

#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

struct LockChange {
  std::string section;  // "os" | "python" | "data"; "targets": one that came or went as a whole
  std::string name;
  std::string before;       // version, or a data set's digest; empty: added
  std::string after;        // empty: removed
  std::string target = {};  // TargetName::str() of the one that it is of; empty where the lock has one
};

// Sorted by target in the lock's order, section and name, after what is of no target. Packages of one version
// but another file count as a change. Locks of one target each are compared whatever their targets.
[[nodiscard]] std::vector<LockChange> changes_between(const Lockfile& before, const Lockfile& after);

}  // namespace mlrepro
