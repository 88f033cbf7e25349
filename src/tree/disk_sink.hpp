// A tree pushed onto disk below one folder. No link is ever followed: every parent is opened component by
// component with O_NOFOLLOW from the root's descriptor, and nothing that exists is overwritten.
//
// One sink is used by one thread; several sinks may fill one root at once, as long as their files differ.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/handle.hpp"
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
  void finish() override {}

  // Sets owner, mode, extended attributes and time of what is there; the entry's type must be that of the
  // file.
  void set_metadata(const TreeEntry& entry);

 private:
  struct Place {
    int folder = -1;  // borrowed
    std::string name;
  };
  // Where `path` lies: its parent, opened; made where missing if `make`.
  [[nodiscard]] Place place(std::string_view path, bool make);
  void add_file(const TreeEntry& entry, const Content& content, const Place& at);

  std::filesystem::path root_path_;
  UniqueFd root_;
  bool owners_;
  std::string last_folder_;  // the parent opened last: entries of a package come folder by folder
  UniqueFd last_;
};

}  // namespace mlrepro
