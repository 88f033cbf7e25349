// The signed chain of a Debian archive: InRelease (OpenPGP, Signed-By) -> Packages (size and SHA-256) -> pool
// paths. Sources: Debian wiki "DebianRepository/Format", apt-secure(8), sources.list(5).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "base/clock.hpp"
#include "base/progress.hpp"
#include "documents/config/manifest.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "standards/deb/preferences.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct DebianSource {  // one archive and suite
  std::string uri;     // without a trailing '/'
  std::string suite;
  std::vector<std::string> components;
  std::vector<std::string> keyrings;  // files from Signed-By, or the text of an embedded key block
  // Where not empty, the only keys whose signatures count: fingerprints that Signed-By names.
  std::vector<std::string> only_keys = {};
  // Set for the machine's own sources: the distribution. Where a suite is served by an archive of that
  // Origin, other archives that happen to use the suite's name (third parties') are left out of it.
  std::string origin = {};
  // Of an archive that keeps every state (see past_archive); empty: it has no past.
  std::string snapshot = {};
  std::string archive = {};  // what "{archive}" stands for: "debian", "debian-security"
  // Where set, this is the archive's state at that time: dates and keys are judged as of then.
  std::optional<UnixTime> as_of = {};
};

// What the manifest's [[os.index]] or else the machine's apt sources offer for `os.suite`: the suite itself,
// its -updates and its -security companion where the sources show them (also when the machine's own suite is
// another), then `os.suites` from the same archive, then indexes marked `extra`. Throws Error(surroundings,
// "no-os-index") that names the key to set where nothing fits.
[[nodiscard]] std::vector<DebianSource> debian_sources(const OsConfig& os,
                                                       const std::filesystem::path& apt_folder);

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
