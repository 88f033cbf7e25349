// The operating system of a lock by itself, realised: what sources are built in while a lock is made.
#pragma once

#include <filesystem>
#include <string>

#include "adapters/net/http_client.hpp"
#include "commands/invocation.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Debian's name for this machine's architecture.
[[nodiscard]] std::string host_architecture();

// The root of a configured tree of `os`, never to be written to. Fetches and builds it where the cache has
// none (CACHE/images/.os-DIGEST names the image). Becomes root of a user namespace where we are not root.
[[nodiscard]] std::filesystem::path realised_os(const Invocation& invocation, const Manifest& manifest,
                                                const OsSection& os, HttpClient& client,
                                                const BlobStore& store);

// Whether the cache has that tree.
[[nodiscard]] bool is_realised(const Invocation& invocation, const OsSection& os);

}  // namespace mlrepro
