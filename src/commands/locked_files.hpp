// Brings the files that a lock names into the store.
#pragma once

#include "adapters/net/http_client.hpp"
#include "commands/invocation.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Asks the indexes only for what the store lacks. Throws as fetch_all does; Error(input, "file-gone") where a
// Python file is on no index any more.
void fetch_locked_files(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                        HttpClient& client, const BlobStore& store);

}  // namespace mlrepro
