// The OS part of `mlrepro lock`: from the manifest to the section of the lock.
#pragma once

#include <optional>

#include "adapters/net/http_client.hpp"
#include "commands/invocation.hpp"
#include "commands/lock_targets.hpp"
#include "services/resolve/conflict.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Sets `lock.os` of one target; `lock` has its platform already. `before`: the target's part of the previous
// lock, whose pins are preferences. `past`: hears of the sources, and how environment.exclude-newer reaches
// them. Absent: done.
[[nodiscard]] std::optional<Conflict> lock_os(const Invocation& invocation, const Manifest& manifest,
                                              const std::optional<Lockfile>& before, const Upgrades& upgrades,
                                              HttpClient& client, const BlobStore& store, Progress& past,
                                              Lockfile& lock);

}  // namespace mlrepro
