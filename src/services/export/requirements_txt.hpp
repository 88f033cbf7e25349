// The locked Python packages as a requirements file that `pip install --require-hashes` takes.
#pragma once

#include <string>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// One `name==version --hash=sha256:...` a package, by name, with the one file that the lock holds, and a
// comment on what brought it in. No index is named: the reader's pip has its own. What comes from no index is
// written in pip's form, a checkout by its commit and a folder by its path: those have no hash, and pip takes
// them without --require-hashes alone.
[[nodiscard]] std::string requirements_txt(const Lockfile& lock);

// A checkout or a folder: its file is a tree of ours that others cannot fetch.
[[nodiscard]] bool is_source_tree(const PythonPackage& package);

}  // namespace mlrepro
