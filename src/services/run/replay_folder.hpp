// Where a replay writes: a copy of what the run could write to, without its outputs, so that the recorded
// ones stay.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "documents/config/manifest.hpp"

namespace mlrepro {

// `mounts` (absolute sources) so that nothing of the host is written to: a writable source below `project`
// moves below `root`, which gets a copy of that source less what `outputs` names, less .mlrepro, .git and
// `cache`; a file that is mounted alone and is an output becomes an empty one. Where a writable source holds
// the whole project, a copy of the project is mounted over that place of it; what else lies outside can be
// read only. Links are copied as links; pipes, sockets and devices are left out.
[[nodiscard]] std::vector<MountConfig> redirect_mounts(const std::vector<MountConfig>& mounts,
                                                       const std::filesystem::path& project,
                                                       const std::filesystem::path& root,
                                                       const std::vector<std::string>& outputs,
                                                       const std::filesystem::path& cache);

}  // namespace mlrepro
