// A solver's failure told as the manifest's author sees it: a chain from mlrepro.toml to what cannot be, in
// words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/solv/debian_solver.hpp"
#include "services/resolve/conflict.hpp"
#include "services/resolve/os_wish.hpp"

namespace mlrepro {

// `archive` is what the messages call the place that was searched: "debian bookworm". `base_image`: whether
// the base is what an image has installed.
[[nodiscard]] Conflict os_conflict(const DebianFailure& failure, const std::vector<OsWish>& wishes,
                                   const DebianPool& pool, const std::string& archive, bool base_image);

// A wish for a name that only others provide, and several of them: the choice belongs to the manifest, as apt
// has it. Absent where the wish is not of that kind.
[[nodiscard]] std::optional<ConflictEntry> ambiguous(const OsWish& wish, const DebianPool& pool,
                                                     const std::string& archive);

// A wish for another architecture than the one that is locked.
[[nodiscard]] ConflictEntry foreign_architecture(const OsWish& wish, const std::string& architecture);

}  // namespace mlrepro
