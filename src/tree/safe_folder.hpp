// Work below one folder whose content is not trusted: each parent is opened component by component with
// O_NOFOLLOW from the folder's descriptor, so that no link in it, whoever made it, leads a change outside.
// Paths keep check_tree_path's rule.
//
// One object is used by one thread; several may work below one folder.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/handle.hpp"

namespace mlrepro {

class SafeFolder {
 public:
  explicit SafeFolder(const std::filesystem::path& root);

  struct Place {
    int folder = -1;  // descriptor of the parent, valid until the next place() of another parent
    std::string name;
  };
  // Throws Error(input, "bad-path") where a parent is a link or a file, system_error where it is missing.
  [[nodiscard]] Place place(std::string_view path);
  // The same, with missing parents made: 0755, owned by the caller.
  [[nodiscard]] Place make_place(std::string_view path);

  // lstat; absent where the file or a parent is missing, or a parent is no folder.
  [[nodiscard]] std::optional<struct stat> status(std::string_view path);
  // The bytes of a plain file; absent where there is none (a link counts as none). Error(input,
  // "file-too-large") over `most`.
  [[nodiscard]] std::optional<std::string> read(std::string_view path, std::uint64_t most);
  // Missing parents of `to` are made; what lies there is replaced (rename(2)).
  void rename(std::string_view from, std::string_view to);
  // A file, link, or folder with all it holds; whether there was one.
  bool remove(std::string_view path);
  // What a folder holds, the folder stays; a missing one is success.
  void clear(std::string_view path);
  // A plain file, empty, new or cut to nothing; keeps owner and mode of an old one.
  void truncate(std::string_view path);

 private:
  Place open_parent(std::string_view path, bool make);
  UniqueFd root_;
  std::string last_folder_;  // the parent opened last: paths come folder by folder
  UniqueFd last_;
};

}  // namespace mlrepro
