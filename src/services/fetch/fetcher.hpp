// Brings locked files into the store: in parallel, resumed where a connection broke, checked against size and
// SHA-256 while they stream, never twice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "base/progress.hpp"
#include "codec/digest.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct FetchItem {
  std::string what;               // "libc6_2.36-9_amd64.deb": for messages and progress
  std::vector<std::string> urls;  // tried in order until one gives the right bytes
  Sha256 sha256;
  std::uint64_t size = 0;
  Side side = Side::python;
};

// Afterwards the store contains all. Where no URL of a file served it, the last one's failure is thrown:
// Error(input, "hash-mismatch"|"too-large") for other bytes, Error(surroundings,
// "network"|"offline"|"http-status") for none; files that were whole by then stay in the store.
void fetch_all(const std::vector<FetchItem>& items, HttpClient& client, const BlobStore& store,
               Progress& progress);

}  // namespace mlrepro
