// The tree of a base image: its layers, one over the other (OCI image-spec 1.0.2, layer.md).
#pragma once

#include <filesystem>

#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Unpacks the layers, inspected first, to `tree`, which must not be there. Nothing is written outside of it,
// whatever they hold; devices and pipes below /dev and /run are left out. Throws Error(input, "bad-layer" |
// "bad-path"|...) naming member and layer, and Error(input, "bad-base") where a folder that every system has
// is none.
void unpack_base(const LockedBase& base, const BlobStore& store, const std::filesystem::path& tree,
                 Progress& progress);

}  // namespace mlrepro
