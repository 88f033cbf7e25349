// Where a replay writes: a copy of what the run could write to, without its outputs, so that the recorded
// ones stay.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "documents/config/manifest.hpp"

namespace mlrepro {

// `mounts` with every writable source below `project` moved below `root`, which gets a copy of that source
// less what `outputs` names, less .mlrepro and .git. Links are copied as links.
[[nodiscard]] std::vector<MountConfig> redirect_mounts(const std::vector<MountConfig>& mounts,
                                                       const std::filesystem::path& project,
                                                       const std::filesystem::path& root,
                                                       const std::vector<std::string>& outputs);

}  // namespace mlrepro
