// The signed chain of a Debian archive: InRelease (OpenPGP, Signed-By) -> Packages (size and SHA-256) -> pool
// paths. Sources: Debian wiki "DebianRepository/Format", apt-secure(8), sources.list(5).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/index/debian_sources.hpp"
#include "standards/deb/preferences.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct PackagesFile {  // one verified index, ready for the solver
  std::string source;  // LockedRelease::source it belongs to
  std::string uri;     // of the archive, for fetching pool files
  LockedIndex locked;
  std::filesystem::path path;      // the compressed file in the store
  deb::ReleaseFacts release = {};  // what pins and NAME/SUITE go by
};

struct DebianIndex {
  std::vector<LockedRelease> releases;  // sorted by source; each InRelease is a blob in the store
  std::vector<PackagesFile> files;      // in order of sources
};

// Fetches and verifies; each InRelease is kept below `cache` and asked for again with the validators that it
// came with, and is, offline, what was kept: judged like one that came now. One logical source is taken from
// the first of `sources` that serves it. Throws Error(input): "signature" (each signature's reason),
// "wrong-suite", "expired" (Valid-Until), "not-yet-valid", "too-new" (later than DebianSource::as_of),
// "replayed" (older than the one of the same source in `before`, the previous lock, except for a past state),
// "hash-mismatch" (also after a second try from the InRelease on), "no-index"; Error(surroundings):
// "http-status", "network", "offline".
[[nodiscard]] DebianIndex load_debian_index(const std::vector<DebianSource>& sources,
                                            const std::string& architecture, HttpClient& client,
                                            const BlobStore& store, const std::filesystem::path& cache,
                                            Progress& progress,
                                            const std::vector<LockedRelease>& before = {});

// Brings what the chain of a lock consists of into the store where the archives still serve it: InRelease
// files whose bytes are the locked ones, Packages files by hash. What they no longer serve stays missing.
void refetch_debian_chain(const OsSection& os, const std::vector<DebianSource>& sources, HttpClient& client,
                          const BlobStore& store);

struct ChainCheck {
  std::string subject;  // "InRelease of debian bookworm"
  bool good = false;
  bool missing = false;  // not good because the store has not kept what is to be looked at
  std::string detail;
};
// verify: the chain once more from what the store kept: each InRelease's hash and signature by a key of
// `sources`, each Packages file named by it with that hash, each locked package named by a Packages file with
// its version, size and SHA-256.
[[nodiscard]] std::vector<ChainCheck> check_debian_chain(const OsSection& os,
                                                         const std::vector<DebianSource>& sources,
                                                         const BlobStore& store);

}  // namespace mlrepro
