// A tree as one file that kernels mount: squashfs by mksquashfs, erofs by mkfs.erofs, found on PATH. All that
// decides the bytes is given to them, so that one version of such a program gives one file for one tree;
// another version may compress otherwise.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/progress.hpp"

namespace mlrepro {

enum class FilesystemKind { squashfs, erofs };

// Writes `file`, new, from the tree at `root`: owners, modes, times and extended attributes as they are
// there; `epoch` is the time of the file system itself. Throws Error(surroundings, "program-missing") naming
// the package that brings the program, Error(surroundings, "filesystem-image") with what it said where it
// fails.
void write_filesystem_image(FilesystemKind kind, const std::filesystem::path& root,
                            const std::filesystem::path& file, std::int64_t epoch, Progress& progress);

}  // namespace mlrepro
