// What is known of a finished image by its folder, IMAGES/<digest hex>: "rootfs", "manifest.json",
// "config.json", and "complete", which is written last.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "codec/digest.hpp"
#include "standards/oci/image_manifest.hpp"

namespace mlrepro {

// Whether `folder` holds a complete image.
[[nodiscard]] bool is_complete_image(const std::filesystem::path& folder);

// Absent where manifest.json is not that of `digest`: the folder was altered. Throws Error where it cannot
// be read.
[[nodiscard]] std::optional<oci::Manifest> read_image_manifest(const std::filesystem::path& folder,
                                                               const Sha256& digest);

struct ImageDocuments {
  std::string manifest_text;
  std::string config_text;
  oci::Manifest manifest;
};

// The same, with config.json, of which nothing is checked.
[[nodiscard]] std::optional<ImageDocuments> read_image_documents(const std::filesystem::path& folder,
                                                                 const Sha256& digest);

// A note is a file in IMAGES that names an image by its digest. The folder of that image, while it is
// complete.
[[nodiscard]] std::optional<std::filesystem::path> noted_image(const std::filesystem::path& images,
                                                               const std::filesystem::path& note);
void write_image_note(const std::filesystem::path& note, const Sha256& image);

}  // namespace mlrepro
