// The locked Python packages as a requirements file that `pip install --require-hashes` takes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// One `name==version --hash=sha256:...` a package, by name, with the one file that each target's lock holds,
// a marker where not all targets have it, and a comment on what brought it in. No index is named: the
// reader's pip has its own. What comes from no index is written in pip's form, a checkout by its commit and a
// folder by its path: those have no hash, and pip takes them without --require-hashes alone. `targets`: parts
// of one lock, one at least. `folder`: the manifest's.
[[nodiscard]] std::string requirements_txt(const std::vector<Lockfile>& targets,
                                           const std::filesystem::path& folder);

}  // namespace mlrepro
