// Lock -> root filesystem -> OCI image, the same bytes on every machine. The method: unpack in lock order,
// configure once in a closed room, canonicalise by a declared and versioned list, write sorted tars by one
// writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/handle.hpp"
#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "store/blob_store.hpp"
#include "store/kept_forms.hpp"

namespace mlrepro {

struct BuildRequest {
  const Lockfile* lock = nullptr;
  const BlobStore* store = nullptr;                              // holds every locked file
  std::filesystem::path images;                                  // CACHE/images: realised images live here
  std::vector<std::pair<std::string, std::string>> environment;  // goes into the image's config (sorted)
  // Called where the lock has sources: with the configured operating system, which it only reads, and a
  // folder for what it writes meanwhile. Returns a wheel in the store for each package of the Python section.
  std::function<std::vector<PythonFile>(const std::filesystem::path& tree,
                                        const std::filesystem::path& scratch)>
      make_wheels = {};
  std::optional<KeptForms> kept = {};  // of other builds, to be used and added to
  bool backwards = false;              // unpacks in the opposite order, which must not matter
  // Nothing of an earlier image is taken over, so that the outcome says what the lock alone gives.
  bool from_scratch = false;

  // `kept`, unless the build is from scratch: then null.
  [[nodiscard]] const KeptForms* kept_forms() const { return kept && !from_scratch ? &*kept : nullptr; }
};

struct RealisedImage {
  ImageSection section;
  std::filesystem::path rootfs;  // CACHE/images/<digest hex>/rootfs, complete, never written to again
  std::filesystem::path folder;  // its parent: also holds manifest.json and config.json
  bool reused = false;
  std::vector<std::pair<std::string, double>> phases;  // name, seconds
  std::shared_ptr<UniqueFd> hold = {};                 // store/cache_use.hpp: gc leaves it alone
};

// Where a complete image for this lock id lies already: found without building. Needs ImageSection in the
// lock.
[[nodiscard]] std::optional<RealisedImage> find_image(const Lockfile& lock,
                                                      const std::filesystem::path& images);

// Whether the image of `lock` can be built by this process. Throws Error(surroundings, "no-root" |
// "no-namespaces") where no rooms can be made, Error(surroundings, "no-subuid") where maintainer scripts are
// to run and other users cannot be had: over a base image that has all the packages none runs.
void require_builder(const Lockfile& lock);

// Builds into a folder of its own, renames it into place at the end: a killed build leaves nothing that
// counts, and two at once are safe. Throws Error(input, "bad-deb"|"bad-wheel"|"file-conflict"|...) naming the
// package, Error(surroundings, ...) where the machine cannot (no root and no user namespaces; disk full).
[[nodiscard]] RealisedImage build_image(const BuildRequest& request, Progress& progress);

// The first wheel built from a source whose bytes are others in one image than in the other; empty: none.
[[nodiscard]] std::string differing_wheel(const ImageSection& locked, const ImageSection& built);

// Builds in a temporary folder under `images`, hashes, keeps nothing. `look` is shown the finished tree.
[[nodiscard]] ImageSection rebuild_digest(
    const BuildRequest& request, Progress& progress,
    const std::function<void(const std::filesystem::path& tree)>& look = {});

// The KINDs of `--output KIND:PATH`: "oci" (layout folder), "oci-archive" (tar of it), "docker-archive" (what
// `docker load` reads), "rootfs" (folder), "squashfs" and "erofs" (a file system in a file).
[[nodiscard]] std::vector<std::string> output_kinds();

// Writes one of them. A folder must be empty or not there; a file replaces what was there. `store` has the
// layers of the image's base, where it has one.
void write_output(const RealisedImage& image, const BlobStore& store, const std::string& kind,
                  const std::filesystem::path& path, Progress& progress);

}  // namespace mlrepro
