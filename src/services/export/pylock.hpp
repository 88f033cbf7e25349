// The locked Python packages as pylock.toml (PEP 751).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// One file for all `targets`, parts of one lock: `environments` names them, and a package that not all of
// them have carries a marker. `urls`: where each file lies, by file name, since PEP 751 wants a place for
// every file; the first is taken, without credentials. `from`: the folder that the file will lie in, as the
// manifest's folder sees it, for relative paths start there. Throws Error(input): "file-gone" for a file that
// is not among `urls`, "no-python" where there is nothing to write.
[[nodiscard]] std::string pylock_toml(const std::vector<Lockfile>& targets,
                                      const std::map<std::string, std::vector<std::string>>& urls,
                                      const std::filesystem::path& from = ".");

}  // namespace mlrepro
