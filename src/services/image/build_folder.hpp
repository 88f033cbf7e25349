// Where an image is built: IMAGES/.building-XXXXXX, beside a lock file of the same name plus ".lock" that is
// flock()ed while the builder lives. The kernel drops that lock with the process, so what a killed build left
// is known as dead and removed.
// A finished image is described in image_folder.hpp.
#pragma once

#include <filesystem>

#include "base/handle.hpp"
#include "codec/digest.hpp"

namespace mlrepro {

class BuildFolder {
 public:
  // Removes dead leftovers, then makes a folder of its own.
  explicit BuildFolder(const std::filesystem::path& images);
  BuildFolder(const BuildFolder&) = delete;
  BuildFolder& operator=(const BuildFolder&) = delete;
  ~BuildFolder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  // Syncs the file system, then renames the folder to IMAGES/<digest hex> and marks it complete. Where a
  // complete one lies there already (another process was faster), that one stays and ours goes. Returns the
  // final folder.
  std::filesystem::path commit(const Sha256& digest);

 private:
  std::filesystem::path images_;
  std::filesystem::path path_;
  std::filesystem::path lock_path_;
  UniqueFd lock_;
};

}  // namespace mlrepro
