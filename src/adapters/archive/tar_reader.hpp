// Tars of foreign origin, compressed with xz, zstd, gzip, bzip2, lzma or not at all, read as a stream by
// libarchive: memory does not grow with the archive.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "adapters/archive/archive_input.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

// Calls `entry` for each member in order. Paths come without a leading "./" and closing '/', checked by
// check_tree_path; the entry of the root itself ("./") is passed over. The target of a hard link is
// normalised and checked the same way, that of a symlink is left as it is. `content` may be left uncalled.
// Throws Error(input, "bad-archive") with `name`; what `read` or `entry` throw comes through.
void read_tar(const ReadNext& read, const std::string& name,
              const std::function<void(const TreeEntry& entry, const Content& content)>& entry,
              TarCompression compression = TarCompression::told_by_bytes);

}  // namespace mlrepro
