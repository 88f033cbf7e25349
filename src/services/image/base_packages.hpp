// What dpkg has installed in a base image.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct InstalledPackages {
  std::vector<BasePackage> packages;  // by name, version, architecture
  std::string
      stanzas;  // of a Packages file, with what choosing packages goes by; the same for the same image
};

// Of the text of var/lib/dpkg/status. Throws Error(input, "bad-base") where it is none, or dpkg left a
// package half installed.
[[nodiscard]] InstalledPackages parse_installed(std::string_view status);

// That file as the layers leave it; each layer is inspected on the way. Throws Error(input, "no-dpkg-status")
// where the image has none.
[[nodiscard]] std::string read_dpkg_status(const LockedBase& base, const BlobStore& store);

}  // namespace mlrepro
