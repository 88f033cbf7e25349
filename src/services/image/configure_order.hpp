// In which order packages are configured: what a package needs comes before it; where dependencies form a
// circle, and among equals, names decide. The order of configuring hands out uids and gids, so it is part of
// what makes an image.
#pragma once

#include <vector>

#include "services/image/package_control.hpp"

namespace mlrepro {

// Indexes into `packages`, each once. base-passwd and what it needs comes first, then the essential set, then
// the rest.
[[nodiscard]] std::vector<std::size_t> configure_order(const std::vector<const PackageControl*>& packages);

}  // namespace mlrepro
