// What each package takes in a realised image, by what dpkg and RECORD list.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

struct InstalledSizes {  // by the lock's names; bytes of plain files, of Python packages with their bytecode
  std::map<std::string, std::uint64_t> os;
  std::map<std::string, std::uint64_t> python;
};

// A package whose list is not there is absent. Nothing outside `rootfs` is looked at.
[[nodiscard]] InstalledSizes installed_sizes(const Lockfile& lock, const std::filesystem::path& rootfs);

}  // namespace mlrepro
