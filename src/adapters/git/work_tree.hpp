// The checkout that a folder lies in; for the .cpp files of this room only.
#pragma once

#include <filesystem>

#include "adapters/git/git_handle.hpp"

namespace mlrepro::git {

// Throws Error(surroundings, "git") where `code` is libgit2's for a failure.
void must(int code, const std::filesystem::path& folder);

struct WorkTree {
  Repository repository;  // null: the folder lies in no work tree
  std::filesystem::path root;
};
[[nodiscard]] WorkTree open_work_tree(const std::filesystem::path& folder);

}  // namespace mlrepro::git
