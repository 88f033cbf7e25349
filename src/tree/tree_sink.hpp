// A file tree is pushed, entry by entry, into a sink: onto disk, into a tar, into memory, into a hash.
//
// Paths are relative, '/' between names, never empty, never "." or ".." as a component: sinks check that and
// throw Error(input, "bad-path") naming the path.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace mlrepro {

enum class EntryType { file, directory, symlink, hardlink, character_device, block_device, fifo };

struct TreeEntry {
  std::string path;
  EntryType type = EntryType::file;
  std::uint32_t mode = 0644;  // permission bits with setuid, setgid and sticky; no type bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t mtime = 0;  // seconds since the epoch
  std::uint64_t size = 0;  // bytes of a file's content
  std::string target;      // symlink: its text; hardlink: path of an earlier file
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::map<std::string, std::string> xattrs;
};

// Gives a file's content in pieces, `entry.size` bytes in all.
using Content = std::function<void(const std::function<void(std::string_view)>& piece)>;

class TreeSink {
 public:
  virtual ~TreeSink() = default;
  // `content` is called at most once and only for EntryType::file.
  virtual void add(const TreeEntry& entry, const Content& content) = 0;
  // Nothing more comes.
  virtual void finish() = 0;
};

// Throws Error(input, "bad-path") unless `path` keeps the rule above (also refused: NUL, over 4096 bytes, a
// component over 255 bytes).
void check_tree_path(std::string_view path);

}  // namespace mlrepro
