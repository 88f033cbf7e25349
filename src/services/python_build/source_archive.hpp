// The members of a source: an sdist, or a checkout packed as a tar.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "tree/tree_sink.hpp"

namespace mlrepro {

// Calls `member` for each, in the archive's order; paths keep check_tree_path's rule. `name` is the file's
// own and decides how it is read. Throws Error(input, "bad-sdist") for what is no archive, holds over 200,000
// members, or over 8 GiB.
void read_source(const std::filesystem::path& file, const std::string& name,
                 const std::function<void(const TreeEntry& entry, const Content& content)>& member);

// Unpacks into `folder`, which is empty, and returns the folder below it that the project's archive stands
// for: "" or its one folder. Everything belongs to root, modes are 0755 and 0644, no time is past
// `newest_time`. Devices are refused; a link stays what it is.
[[nodiscard]] std::string unpack_source(const std::filesystem::path& file, const std::string& name,
                                        const std::filesystem::path& folder, std::int64_t newest_time);

// "foo" where all that was seen lies in the folder foo.
class TopFolder {
 public:
  void see(const TreeEntry& entry);
  [[nodiscard]] std::string name() const { return only_ ? name_ : std::string(); }

 private:
  std::string name_;
  bool any_ = false;
  bool only_ = false;
};

}  // namespace mlrepro
