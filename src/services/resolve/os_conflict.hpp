// A solver's failure told as the manifest's author sees it: a chain from mlrepro.toml to what cannot be, in
// words.
#pragma once

#include <string>
#include <vector>

#include "adapters/solv/debian_solver.hpp"
#include "services/resolve/conflict.hpp"
#include "services/resolve/os_wish.hpp"

namespace mlrepro {

// `archive` is what the messages call the place that was searched: "debian bookworm".
[[nodiscard]] Conflict os_conflict(const DebianFailure& failure, const std::vector<OsWish>& wishes,
                                   const DebianPool& pool, const std::string& archive);

// A wish for another architecture than the one that is locked.
[[nodiscard]] ConflictEntry foreign_architecture(const OsWish& wish, const std::string& architecture);

}  // namespace mlrepro
