// Who brings which path, while packages are unpacked by several threads. What it decides depends on the
// packages alone, never on which thread came first.
//
// The first package to claim a path writes it in place; whoever comes later writes aside ("contested"), and
// the contests are decided when all is unpacked.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "tree/tree_sink.hpp"

namespace mlrepro {

class PathLedger {
 public:
  // One package's version of a contested path. `aside` is where it lies (below the aside folder), empty: in
  // place.
  struct Contender {
    std::size_t package = 0;
    std::string aside;
    std::int64_t mtime = 0;
  };

  // Returns the name to write to below the aside folder, or "" to write in place. `suffix` follows the path
  // in the tree
  // (".dpkg-new" of a conffile). Throws Error(input, "bad-path") where this package claimed it before,
  // Error(input, "file-conflict") where it is a folder of another.
  std::string claim_file(const std::string& path, std::size_t package, std::int64_t mtime,
                         const std::string& suffix);

  // `rank`: of several packages that bring a folder the one of lowest rank decides on its owner and mode.
  void claim_directory(const TreeEntry& entry, std::size_t package, std::size_t rank);

  // Where the content lies that `package` claimed: a path below the tree (second false) or the aside folder
  // (true).
  struct Location {
    std::string path;
    bool aside = false;
  };
  [[nodiscard]] Location locate(const std::string& path, std::size_t package) const;

  // After unpacking; these are not for several threads.
  [[nodiscard]] std::vector<TreeEntry> directories() const;  // sorted by path
  [[nodiscard]] const std::map<std::string, std::vector<Contender>>& contests() const { return contests_; }
  [[nodiscard]] std::string suffix_of(const std::string& path) const;
  // The time that the path has by its package, or absent (nullptr) where no package brought it.
  [[nodiscard]] const std::int64_t* mtime_of(const std::string& path) const;
  [[nodiscard]] std::size_t owner_of(const std::string& path) const;  // npos: none
  void set_owner(const std::string& path, const Contender& winner);
  void forget(const std::string& path);

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  struct File {
    std::size_t package;
    std::int64_t mtime;
    std::string suffix;
  };
  struct Directory {
    TreeEntry entry;
    std::size_t package;
    std::size_t rank;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, File> files_;
  std::unordered_map<std::string, Directory> directories_;
  std::map<std::string, std::vector<Contender>> contests_;
  std::size_t aside_count_ = 0;
};

}  // namespace mlrepro
