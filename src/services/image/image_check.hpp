// Whether a realised image is still what its name says.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "codec/digest.hpp"

namespace mlrepro {

// The complete images below `images`, by digest.
[[nodiscard]] std::vector<Sha256> complete_images(const std::filesystem::path& images);

// What does not fit, absent where all does: the manifest its folder's name, the configuration and, with
// `layers`, the tree the digests in the manifest.
[[nodiscard]] std::optional<std::string> image_damage(const std::filesystem::path& images,
                                                      const Sha256& digest, bool layers, Progress& progress);

// No command takes it for an image any more; the next build makes it anew.
void discard_image(const std::filesystem::path& images, const Sha256& digest);

}  // namespace mlrepro
