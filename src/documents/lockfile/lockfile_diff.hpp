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

struct Drift {
  std::string key;     // "os.packages", "python.requirements"
  std::string detail;  // "the manifest adds libgomp1"
};

// Where the `inputs` of a lock are no longer what its manifest says; empty: the lock satisfies the manifest.
[[nodiscard]] std::vector<Drift> drift_of(const Json& locked_inputs, const Json& manifest_inputs);

}  // namespace mlrepro
