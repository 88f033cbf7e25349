// What a tree holds, written down so that what changes afterwards is known without reading the rest again.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "codec/digest.hpp"
#include "tree/disk_source.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

struct TreeRecord {  // one entry; of a hard link what the file is
  TreeEntry entry;
  Sha256 content;  // of a file
  // When the kernel last noted a change of it (st_ctim, which nobody can set), and which file it is.
  std::uint64_t inode = 0;
  std::int64_t change_seconds = 0;
  std::int64_t change_nanoseconds = 0;

  // But for its time.
  [[nodiscard]] bool is_same(const TreeRecord& other) const;
  // Whether the file that `info` tells of has not been touched since.
  [[nodiscard]] bool is_untouched(const struct stat& info) const;
};

using TreeRecords = std::map<std::string, TreeRecord>;  // by path

// Reads every file but those that `before` knows and that were not touched since. Returns once whatever
// changes from now on has another time of change.
[[nodiscard]] TreeRecords record_tree(const std::filesystem::path& tree, const Choose& choose,
                                      const TreeRecords& before = {});

}  // namespace mlrepro
