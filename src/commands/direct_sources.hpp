// What a manifest names by URL or path, joined to the store: for a new lock, and from a lock alone.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "commands/invocation.hpp"
#include "documents/lockfile/lock_drift.hpp"
#include "services/resolve/conflict.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/sources/source_store.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Its relative paths start at the manifest's folder; outputs and data of the project are left out of it.
[[nodiscard]] SourceStore source_store(const Invocation& invocation, const Manifest& manifest,
                                       HttpClient& client, const BlobStore& store);

// Where else files lie (python.find-links), with absolute paths.
[[nodiscard]] std::vector<std::string> find_links_of(const Manifest& manifest);

// Brings what the request's requirements, constraints and overrides name by URL or path, fills in
// `request.direct`, and gives those lines their names. `before`: the previous lock; where the text of a
// requirement is the one it had, the commit and the archive are what they were, unless the package is in
// `moving` (or all are, where that is absent). Asks `request.sources` what sources say of themselves.
[[nodiscard]] std::optional<Conflict> bring_direct_packages(
    const SourceStore& sources, const BlobStore& store, const std::optional<Lockfile>& before,
    const std::optional<std::set<std::string>>& moving, PythonRequest& request);

// Of packages from local paths: what lies there is not what was locked. Reads them whole.
[[nodiscard]] std::vector<Drift> local_drift(const Invocation& invocation, const Manifest& manifest,
                                             const Lockfile& lock);

// Where the lock does not hold what the manifest asks for, and then local_drift.
[[nodiscard]] std::vector<Drift> every_drift(const Invocation& invocation, const Manifest& manifest,
                                             const Lockfile& lock);

// Throws Error(input, "drift") with the first of them.
void refuse_drift(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock);

// Brings again what of the section's packages no index lists, where the store lacks it.
void restore_direct_packages(const std::vector<PythonPackage>& packages, const Manifest& manifest,
                             const SourceStore& sources);

}  // namespace mlrepro
