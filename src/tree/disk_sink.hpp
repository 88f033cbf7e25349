// A tree pushed onto disk below one folder. No link is ever followed (tree/safe_folder.hpp) and nothing that
// exists is overwritten.
//
// One sink is used by one thread; several sinks may fill one root at once, as long as their files differ.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tree/safe_folder.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

class DiskSink final : public TreeSink {
 public:
  // `owners`: whether uid and gid are applied (needs root or a user namespace), or stay those of the caller.
  explicit DiskSink(const std::filesystem::path& root, bool owners = true);

  // Missing parents are made (0755, root). A directory that is there already keeps its metadata, which are
  // the caller's to settle. Hard links: `entry.target` is a path below the root. Throws Error(input,
  // "bad-path") where a parent is a link or no directory, Error(input, "path-exists") where something lies
  // there, Error(input, "device-refused") for devices and pipes.
  void add(const TreeEntry& entry, const Content& content) override;
  // Gives the folders made here their times, which adding to them had changed.
  void finish() override;

  // Sets owner, mode, extended attributes and time of what is there; the entry's type must be that of the
  // file.
  void set_metadata(const TreeEntry& entry);

 private:
  void add_file(const TreeEntry& entry, const Content& content, const SafeFolder::Place& at);

  SafeFolder folder_;
  bool owners_;
  std::vector<std::pair<std::string, std::int64_t>> folders_;
};

}  // namespace mlrepro
