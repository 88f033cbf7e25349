// Blobs of an image in a registry (OCI distribution-spec 1.0, pull): over HTTPS, plain HTTP on loopback
// alone, with an anonymous token where the registry asks for one.
#pragma once

#include <vector>

#include "services/image/base_blobs.hpp"
#include "standards/oci/registry.hpp"

namespace mlrepro {

// Into the store, each checked as it comes. Throws Error(surroundings, "http-status"|"network"|"offline")
// where they cannot be had, Error(input, "hash-mismatch") for other bytes.
void fetch_from_registry(const oci::RegistryName& name, const std::vector<WantedBlob>& blobs,
                         HttpClient& client, const BlobStore& store, Progress& progress);

}  // namespace mlrepro
