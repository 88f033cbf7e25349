// The OS part of a lock, as a value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/digest.hpp"

namespace mlrepro {

struct LockedIndex {      // one Packages file as the Release names it
  std::string component;  // "main"
  std::string path;       // "main/binary-amd64/Packages.xz"
  std::uint64_t size = 0;
  Sha256 sha256;  // of the (compressed) file that was fetched
};

struct LockedRelease {  // one signed InRelease
  std::string source;   // "debian bookworm", "debian-security bookworm-security": Origin/Label, Suite
  std::string suite;    // "bookworm-updates"
  Sha256 sha256;        // of the InRelease file
  std::uint64_t size = 0;
  std::string date;                    // its Date field as RFC 3339
  std::vector<std::string> signed_by;  // fingerprints of the primary keys whose signatures were good, sorted
  std::vector<LockedIndex> indexes;    // by path
};

struct OsPackage {
  std::string name;
  std::string version;
  std::string architecture;  // "amd64" | "all"
  std::string source;        // LockedRelease::source
  std::string path;          // pool path below the archive's root
  std::uint64_t size = 0;
  Sha256 sha256;
  bool requested = false;                // named by the manifest
  bool essential = false;                // Essential: yes
  std::vector<std::string> required_by;  // names of chosen packages that need it, sorted
};

struct BaseLayer {
  std::string media_type;
  Sha256 digest;  // of the blob, compressed or not
  std::uint64_t size = 0;
  Sha256 diff_id;  // of the tar
};

struct BasePackage {  // as the base image has it installed
  std::string name;
  std::string version;
  std::string architecture;
  bool requested = false;                // named by the manifest, and met by this version
  std::vector<std::string> required_by;  // names of the section's own packages that need it, sorted
};

struct LockedBase {        // an image that the section's packages are added to
  std::string reference;   // as the manifest has it
  Sha256 digest;           // of the image manifest for this platform
  std::uint64_t size = 0;  // of that manifest
  Sha256 config_digest;    // of the image's configuration
  std::uint64_t config_size = 0;
  std::vector<BaseLayer> layers;      // lowest first; at least one
  std::vector<BasePackage> packages;  // installed in it, by name, version, architecture
};

struct OsSection {
  std::string distribution;
  std::string suite;
  std::string architecture;             // Debian's name: amd64, arm64
  std::vector<LockedRelease> releases;  // by source
  std::vector<OsPackage> packages;      // by name, version, architecture; with `base` those that it lacks
  std::optional<LockedBase> base = {};

  // What its image has installed: the version of `packages` where the base has the name too. Name -> version.
  [[nodiscard]] std::map<std::string, std::string> installed() const;
};

}  // namespace mlrepro
