// A large file made beside its place, which then takes the place of what lay there.
#pragma once

#include <filesystem>
#include <functional>

namespace mlrepro {

// `fill` writes the file whose path it is given; then fsync and rename. Nothing changes at `path` where it
// throws or the process is killed; what a killed one left beside it goes with the next. Throws Error(input,
// "output-exists") where a folder lies at `path`.
void replace_file(const std::filesystem::path& path,
                  const std::function<void(const std::filesystem::path& file)>& fill);

}  // namespace mlrepro
