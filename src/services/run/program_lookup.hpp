// Is the command there at all? Asked before a container is started, so that 126 and 127 mean what they mean
// in a shell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "documents/config/manifest.hpp"

namespace mlrepro {

// Looks `command` up as execvp would inside `rootfs` with `path` as PATH, mounts (normal destinations) laid
// over it, links followed as the container would, also from a mount into the root file system; relative names
// from `workdir`. Throws Error(input, "command-not-found") or Error(input, "command-not-executable").
void check_program(const std::filesystem::path& rootfs, const std::vector<MountConfig>& mounts,
                   const std::string& command, const std::string& path, const std::string& workdir);

}  // namespace mlrepro
