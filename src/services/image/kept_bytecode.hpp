// Bytecode of an earlier image, taken over with its operating system: the same sources of the same wheel,
// compiled by the same interpreter, give the same bytes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// Notes in `folder`, of the image that is built, which wheels' sources were compiled in it. `sources` as
// install_wheels() gives them.
void note_bytecode(const PythonSection& section, const std::vector<std::vector<std::string>>& sources,
                   const std::filesystem::path& folder);

// Links into `tree` the bytecode of those that the image in `folder` has too. Returns what is still to be
// compiled.
[[nodiscard]] std::vector<std::vector<std::string>> take_over_bytecode(
    const PythonSection& section, std::vector<std::vector<std::string>> sources,
    const std::filesystem::path& folder, const std::filesystem::path& tree);

}  // namespace mlrepro
