// What a cache holds that nobody needs, and taking it away.
//
// Needed is what a lock in use names. A lock is in use while the file lies where its note says; one that was
// used by another host, or cannot be looked at, for as long as the note is young enough. What is not needed
// goes once it was not used for the days asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/progress.hpp"
#include "store/leftovers.hpp"

namespace mlrepro {

enum class GarbageKind { blob, image, download, build, run, damaged, answer, note };

struct Garbage {
  GarbageKind kind;
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::string what;                       // "sha256:...", or the name of the file
  std::optional<Leftover> leftover = {};  // of a killed command, or of a repository
};

struct GarbageSearch {
  std::vector<Garbage> found;
  std::size_t locks = 0;  // in use
  std::uint64_t needed_blobs = 0;
  std::uint64_t needed_images = 0;
};

// Looks; changes nothing. `keep_seconds`: what was used since then stays, needed or not. A lock
// in use that cannot be read needs what its note says.
[[nodiscard]] GarbageSearch find_garbage(const std::filesystem::path& cache, UnixTime keep_seconds,
                                         Progress& progress);

// Removes it, under a CacheAlone. What cannot be removed is told as a warning. Returns what went.
[[nodiscard]] std::vector<Garbage> remove_garbage(const std::filesystem::path& cache,
                                                  const std::vector<Garbage>& garbage, Progress& progress);

}  // namespace mlrepro
