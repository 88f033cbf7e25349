// Packages added to the tree of a base image, by that image's own dpkg in the closed room: what is installed
// there, diverted or overridden is known to it alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// `debs`: the checked files, one for each package of the section, same order. Packages are unpacked and
// configured in one order everywhere, what a package pre-depends on (policy 7.2) configured before it is
// unpacked. Throws Error(input, "bad-deb") naming the package, Error(input, "configure-failed") with dpkg's
// own words, also where afterwards not exactly the packages of the section and its base are installed.
void install_over_base(const OsSection& section, const std::vector<std::filesystem::path>& debs,
                       const std::filesystem::path& tree, const std::filesystem::path& log,
                       std::int64_t source_date_epoch, Progress& progress);

}  // namespace mlrepro
