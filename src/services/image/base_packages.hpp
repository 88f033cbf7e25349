// What the dpkg of a base image knows.
#pragma once

#include <string>

#include "documents/lockfile/lockfile.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// var/lib/dpkg/status as the layers leave it; each layer is inspected on the way. Throws Error(input,
// "no-dpkg-status") where the image has none.
[[nodiscard]] std::string read_dpkg_status(const LockedBase& base, const BlobStore& store);

}  // namespace mlrepro
