// Temporary folders that outlive the process that made them: who holds one is known to the kernel, which lets
// go of it when that process is killed.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/handle.hpp"

namespace mlrepro {

// The folders PREFIX.XXXXXX below `parent` (as TemporaryDirectory names them) that nobody holds. One that was
// made or changed in the last seconds may be about to be held, and is left out; so are all where the file
// system has no such locks.
[[nodiscard]] std::vector<std::filesystem::path> abandoned_folders(const std::filesystem::path& parent,
                                                                   std::string_view prefix);

// A temporary folder PREFIX.XXXXXX below `parent`, held for the object's life. Those that killed processes
// left there are removed first, links not followed; what cannot be removed stays without a word.
class HeldDirectory {
 public:
  HeldDirectory(const std::filesystem::path& parent, std::string_view prefix);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_.path(); }
  // It has another name by now, and stays.
  void release() noexcept { folder_.release(); }

 private:
  TemporaryDirectory folder_;
  UniqueFd hold_;  // invalid where the file system has no such locks
};

}  // namespace mlrepro
