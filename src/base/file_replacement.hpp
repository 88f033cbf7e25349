// What is large is made beside its place, and then takes it.
#pragma once

#include <filesystem>
#include <functional>

#include "base/abandoned.hpp"

namespace mlrepro {

// In the folder that `path`, absolute, is in. Its name tells what it is for, and is ours alone: others of
// such a name are taken for what a killed process left.
[[nodiscard]] HeldDirectory folder_beside(const std::filesystem::path& path);

// `fill` writes the file whose path it is given; then fsync and rename. Nothing changes at `path` where it
// throws or the process is killed; what a killed one left beside it goes with the next. Throws Error(input,
// "output-exists") where a folder lies at `path`.
void replace_file(const std::filesystem::path& path,
                  const std::function<void(const std::filesystem::path& file)>& fill);

}  // namespace mlrepro
