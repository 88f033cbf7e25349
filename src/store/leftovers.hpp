// What killed commands left in a cache and beside it, whatever locks need: to be looked for under a
// CacheAlone, but for what runs left, which holds itself while they live.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace mlrepro {

enum class LeftoverKind { build, run, repository, download };

struct Leftover {
  LeftoverKind kind;
  std::filesystem::path path;
  std::string what;
};

// Builds: IMAGES/.building-*, also where `build --twice` builds. Runs: RUN/bundles/run.*, RUN/replay.*.
// Repositories: those that nothing came into since `unused_since`. Downloads: packs of repositories.
[[nodiscard]] std::vector<Leftover> find_leftovers(const std::filesystem::path& cache, UnixTime unused_since);

// Removes it, links not followed, with the lock file and the empty folder that were for it.
void remove_leftover(const Leftover& leftover);

}  // namespace mlrepro
