// The locked Python packages as pylock.toml (PEP 751).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// `urls`: where each file lies, by file name, since PEP 751 wants a place for every file; the first is taken,
// without credentials. Throws Error(input, "file-gone") for a file that is not among them.
[[nodiscard]] std::string pylock_toml(const Lockfile& lock,
                                      const std::map<std::string, std::vector<std::string>>& urls);

}  // namespace mlrepro
