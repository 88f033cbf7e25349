// The locked Python packages as a requirements file that `pip install --require-hashes` takes.
#pragma once

#include <string>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// One `name==version --hash=sha256:...` a package, by name, with the one file that the lock holds, and a
// comment on what brought it in. No index is named: the reader's pip has its own.
[[nodiscard]] std::string requirements_txt(const Lockfile& lock);

}  // namespace mlrepro
