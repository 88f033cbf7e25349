// The Python part of `mlrepro lock`: from the manifest to the section of the lock.
#pragma once

#include <optional>

#include "adapters/net/http_client.hpp"
#include "commands/invocation.hpp"
#include "commands/lock_targets.hpp"
#include "services/resolve/conflict.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Sets `lock.python` of one target; `lock` has its inputs, its platform and its OS part already. `before`:
// the target's part of the previous lock, whose pins are preferences. `sibling`: a target with the same
// interpreter on another platform, whose versions are preferred where `before` has none, so that platforms
// agree where they can. Absent: done.
[[nodiscard]] std::optional<Conflict> lock_python(const Invocation& invocation, const Manifest& manifest,
                                                  const std::optional<Lockfile>& before,
                                                  const Upgrades& upgrades, HttpClient& client,
                                                  const BlobStore& store, const PythonSection* sibling,
                                                  Lockfile& lock);

}  // namespace mlrepro
