// Where the blobs of a base image come from: an OCI image layout (image-spec, image-layout.md), as a folder
// or in a tar, or a registry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/image/base_image.hpp"

namespace mlrepro {

struct WantedBlob {
  std::string what;  // for messages
  Sha256 digest;
  std::optional<std::uint64_t> size;  // absent: of a manifest, 16 MiB at most
  bool is_manifest = false;
};

inline constexpr std::uint64_t most_manifest_bytes = std::uint64_t{16} << 20;

// Afterwards the store has them all; those that it had are left alone. Throws Error(input, "no-base") where
// the place lacks one, Error(input, "hash-mismatch") for other bytes.
void fetch_blobs(const BasePlace& place, const std::vector<WantedBlob>& blobs, HttpClient& client,
                 const BlobStore& store, Progress& progress);

}  // namespace mlrepro
