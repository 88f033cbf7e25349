// The tree of a base image: its layers, one over the other (OCI image-spec 1.0.2, layer.md).
#pragma once

#include <filesystem>

#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/image/tree_owners.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Unpacks the layers, inspected first, to `tree`, which must not be there. Nothing is written outside of it,
// whatever they hold; devices and pipes below /dev and /run are left out. Throws Error(input, "bad-layer" |
// "bad-path"|...) naming member and layer, and Error(input, "bad-base") where a folder that every system has
// is none.
//
// `owners`: whether files can be given to other users here. Where not, all of it is the caller's, and who
// owns what is returned.
[[nodiscard]] TreeOwners unpack_base(const LockedBase& base, const BlobStore& store,
                                     const std::filesystem::path& tree, bool owners, Progress& progress);

}  // namespace mlrepro
