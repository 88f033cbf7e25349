// How a locked Debian package came to be chosen where apt by itself would choose otherwise: as far as the
// manifest, the lock and the indexes that the store kept tell, by solving again without what is special.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/config/manifest.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/index/debian_index.hpp"
#include "services/resolve/os_resolver.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// The lock's indexes as the store has them, in the order of `sources`. Absent where one is missing or
// damaged.
[[nodiscard]] std::optional<std::vector<PackagesFile>> kept_indexes(const OsSection& os,
                                                                    const std::vector<DebianSource>& sources,
                                                                    const BlobStore& store);

// Sentences without a full stop, none where there is nothing to say. `request` is the manifest's over the
// lock's indexes, with nothing preferred.
[[nodiscard]] std::vector<std::string> why_chosen(const OsRequest& request, const OsSection& os,
                                                  const std::string& name);

}  // namespace mlrepro
