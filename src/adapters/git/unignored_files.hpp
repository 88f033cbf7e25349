// What of a folder git would keep: tracked files, and those it does not ignore.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mlrepro {

struct WorkFile {
  std::string path;  // below the folder
  bool tracked = false;
};

// Files and links that are there, sorted by path; those of checked out submodules too. Absent where `folder`
// lies in no checkout, or in one that ignores the folder itself. Throws Error(surroundings, "git") where
// libgit2 cannot read it.
[[nodiscard]] std::optional<std::vector<WorkFile>> unignored_files(const std::filesystem::path& folder);

}  // namespace mlrepro
