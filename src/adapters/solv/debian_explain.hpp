// libsolv's problem rules in Debian's words. For the .cpp files of this room only.
#pragma once

#include <span>
#include <vector>

#include "adapters/solv/debian_archive.hpp"

namespace mlrepro::solv {

struct Root {
  std::vector<Id> targets;          // any one meets it; the preferred first
  std::vector<std::size_t> wishes;  // indexes into the request; none: the base set asks
};

// By name, the newest first.
[[nodiscard]] std::vector<DebianLabel> labels(const Archive& archive, std::span<const Id> packages);

// `roots` are the first jobs of `solver`, in their order.
[[nodiscard]] DebianFailure explain(const Archive& archive, Solver& solver, const std::vector<Root>& roots);

}  // namespace mlrepro::solv
