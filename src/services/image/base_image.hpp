// A base image by its digest (os.base): its manifest, configuration and layers in the store, and what the
// lock notes of it.
#pragma once

#include <filesystem>
#include <string>

#include "adapters/net/http_client.hpp"
#include "base/progress.hpp"
#include "documents/config/base_reference.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct BasePlace {
  const BaseReference* reference = nullptr;
  std::filesystem::path folder;  // of the manifest: a relative path starts there
};

// The image for Debian's `architecture`, with no packages yet; all of it lies in the store afterwards, each
// blob checked against its digest and size. What the store has already is asked of nobody. Throws
// Error(input, "no-base") where nothing is there, Error(input, "base-platform") for an image of another
// system, Error(input, "bad-base"|"bad-manifest"|"hash-mismatch") where it is no image.
[[nodiscard]] LockedBase open_base_image(const BasePlace& place, const std::string& text,
                                         const std::string& architecture, HttpClient& client,
                                         const BlobStore& store, Progress& progress);

// The blobs of a locked one that the store lacks.
void fetch_base_image(const BasePlace& place, const LockedBase& base, HttpClient& client,
                      const BlobStore& store, Progress& progress);

}  // namespace mlrepro
