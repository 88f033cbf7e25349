// What dpkg has installed, by its own word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents/lockfile/os_section.hpp"

namespace mlrepro {

struct InstalledPackages {
  std::vector<BasePackage> packages;  // by name, version, architecture
  // As a Packages file, with what choosing packages goes by; the same for the same status.
  std::string stanzas;
};

// Of the text of var/lib/dpkg/status (dpkg(1), "Package status"). Throws Error(input, "bad-base") where it is
// none, or dpkg left a package half installed.
[[nodiscard]] InstalledPackages parse_installed(std::string_view status);

}  // namespace mlrepro
