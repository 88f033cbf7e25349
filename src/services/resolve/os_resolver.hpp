// Which Debian packages: libsolv with Debian semantics over verified Packages files.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "documents/config/manifest.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/index/debian_index.hpp"
#include "services/resolve/conflict.hpp"

namespace mlrepro {

struct OsRequest {
  std::vector<PackagesFile> files;    // earlier ones win where versions are equal
  std::string architecture;           // amd64
  std::string base;                   // essential | minbase
  std::vector<std::string> packages;  // wishes as the manifest writes them
  bool recommends = false;
  std::vector<std::string> recommends_of = {};  // packages whose Recommends are followed
  std::vector<std::string> exclude = {};        // packages that are never chosen
  std::vector<deb::Pin> pins = {};
  std::map<std::string, std::string> preferred;  // name -> version of the previous lock; empty: the newest
  // The stanzas of what a base image has installed, which stay as they are where they can: a file, and its
  // SHA-256. `base` then says nothing.
  struct Installed {
    std::filesystem::path path;
    Sha256 sha256;
  };
  std::optional<Installed> installed = {};
  // For .solv files, keyed by the index's SHA-256 and libsolv's version, and for answers; empty: none.
  std::filesystem::path cache;
};

// What the manifest asks for; files, preferences and the cache are the caller's.
[[nodiscard]] OsRequest os_request(const OsConfig& os, const std::string& architecture);

struct OsSolution {
  std::vector<OsPackage> packages;  // complete, sorted by name, version, architecture
  // With OsRequest::installed, `packages` are those that it lacks, and these say what is asked of it: sorted,
  // those that a wish or one of `packages` needs.
  std::vector<BasePackage> of_base = {};
};

// Deterministic: the answer depends on the request alone, not on the order of `packages`. A wish for a
// package that no index has is a Conflict whose suggestion is the nearest name.
[[nodiscard]] std::variant<OsSolution, Conflict> resolve_os(const OsRequest& request);

}  // namespace mlrepro
