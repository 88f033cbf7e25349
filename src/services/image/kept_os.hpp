// The operating system of an image that is there, taken over into another one: hard links, since no image is
// written to again. Made by the same build of the program from the same OS part of a lock, it is what
// unpacking and configuring would give.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "services/image/layers.hpp"

namespace mlrepro {

struct KeptOs {
  std::filesystem::path folder;  // of the image: IMAGES/<digest hex>
  std::vector<Layer> layers;     // its operating system: one, or none where nothing was added to its base
};

// The lock that holds nothing but this: its id names the operating system.
[[nodiscard]] Lockfile os_alone(const OsSection& os);

// Absent where `images` holds none that is known to be complete, or the program does not know which build of
// itself it is.
[[nodiscard]] std::optional<KeptOs> find_kept_os(const Lockfile& lock, const std::filesystem::path& images);
// From now on the image IMAGES/`image` is the one that is found for the OS part of `lock`. Never throws.
void note_kept_os(const Lockfile& lock, const std::filesystem::path& images, const Sha256& image) noexcept;

// Makes `tree` the operating system of the image, without what its Python part brings, and lays the layer of
// one over a base beside it. Whether it did: where the file system has no hard links, or the image went
// meanwhile, `tree` is not there afterwards.
[[nodiscard]] bool take_over_os(const KeptOs& base, const std::filesystem::path& tree);

}  // namespace mlrepro
