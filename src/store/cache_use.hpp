// Who is at work in a cache, and which locks it serves: what `store gc` must know to take nothing away that
// somebody needs.
//
//   CACHE/.in-use           flock()ed: shared by every command at work on blobs, exclusively by gc
//   CACHE/locks/<hash>      a note of one lock that was used with this cache; the hash is of its path
//   IMAGE/complete          flock()ed (shared) while an image is used, which may be for days
//
// A note is JSON: where the lock lies, on which host, and what it needed when it was last used.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/handle.hpp"
#include "base/progress.hpp"
#include "codec/digest.hpp"
#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// Held while a command puts blobs into the store or counts on those that it saw there. Several at once; waits
// for a gc, which is short. A cache that cannot be written to is used without, as none can take from it.
class CacheUse {
 public:
  explicit CacheUse(const std::filesystem::path& cache);

 private:
  UniqueFd fd_;
};

// Nobody else is at work. Waits up to `patience` seconds for them, then throws Error(surroundings,
// "cache-busy").
class CacheAlone {
 public:
  CacheAlone(const std::filesystem::path& cache, double patience, Progress& progress);

 private:
  UniqueFd fd_;
};

// Held, shared, while an image is used; invalid where the file system cannot.
[[nodiscard]] UniqueFd hold_image(const std::filesystem::path& folder);
// Whether somebody holds it.
[[nodiscard]] bool image_is_held(const std::filesystem::path& folder);
// The same of any file that is flock()ed while it is used.
[[nodiscard]] bool file_is_held(const std::filesystem::path& file);
// The first step of its removal: what a kill leaves is then no image. Throws Error(surroundings).
void unmark_image(const std::filesystem::path& folder);

struct LockNeeds {
  std::set<Sha256> blobs;   // debs, wheels, sources, build packages, InRelease and Packages files
  std::set<Sha256> images;  // digests of their manifests
};
[[nodiscard]] LockNeeds needs_of(const Lockfile& lock);

// Notes that the lock is used with this cache. What cannot be noted is not, without a word; a note of the
// last hour stays unless the lock changed since.
void note_lock(const std::filesystem::path& cache, const std::filesystem::path& lockfile) noexcept;

struct LockNote {
  std::filesystem::path file;
  std::filesystem::path lockfile;
  std::string host;
  UnixTime used = 0;
  LockNeeds needs;
};
// Those that can be read, by file; the others are left out of the list and lie in `unreadable`.
[[nodiscard]] std::vector<LockNote> lock_notes(const std::filesystem::path& cache,
                                               std::vector<std::filesystem::path>& unreadable);
// What tells one machine from another in a note.
[[nodiscard]] std::string this_host();

}  // namespace mlrepro
