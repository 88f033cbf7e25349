// The git checkout that a folder lies in, by libgit2: what is committed, and what is not.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mlrepro {

struct GitState {
  std::filesystem::path root;  // of the work tree
  std::string commit;          // 40 hex digits; empty: no commit yet
  std::string patch;           // git's diff of the work tree against HEAD, binary content as its hashes
  std::vector<std::string> untracked;  // paths below root that git neither tracks nor ignores, sorted
  std::string remote;                  // URL of origin as configured; empty where none
};

// Absent where `folder` lies in no work tree. Throws Error(surroundings, "git") where libgit2 cannot read it.
[[nodiscard]] std::optional<GitState> read_git_state(const std::filesystem::path& folder);

}  // namespace mlrepro
