// Two realised trees compared entry by entry: what differs, and how.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mlrepro {

struct TreeDifference {
  std::string path;  // below the root, "etc/hostname"
  std::string how;   // "mode 0644/0600", "only in the first build"; several kinds are joined by "; "
};

// Type, permissions, owner, time, extended attributes that images hold, link target, hard links, device
// number, bytes, of an archive which of its members: in the order of the paths. A folder that only one tree
// has is named once, for all it holds. Links are never followed.
[[nodiscard]] std::vector<TreeDifference> compare_trees(const std::filesystem::path& first,
                                                        const std::filesystem::path& second);

}  // namespace mlrepro
