// The suites that the archives offer: each InRelease fetched, verified, and chosen from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/index/debian_release.hpp"
#include "services/index/debian_sources.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct OfferedRelease {
  const DebianSource* source = nullptr;  // of those that were asked
  VerifiedRelease verified;
  std::string body;
  std::vector<std::string> mirrors = {};  // further archives that serve the same logical source
};

// In the order of `sources`, each logical source once; each InRelease is a blob in the store. The rest of the
// contract, and what is thrown, is that of load_debian_index.
[[nodiscard]] std::vector<OfferedRelease> offered_releases(const std::vector<DebianSource>& sources,
                                                           HttpClient& client, const BlobStore& store,
                                                           const std::filesystem::path& cache,
                                                           Progress& progress,
                                                           const std::vector<LockedRelease>& before);

}  // namespace mlrepro
