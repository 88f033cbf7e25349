// What a finished image says of itself: manifest.json and config.json (OCI image-spec 1.0.2).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "services/image/layers.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct ImageContent {
  std::vector<Layer> layers;                       // its own, lowest first
  std::optional<Layer> tree;                       // of an image over a base: all of it
  std::vector<PythonFile> wheels;                  // built from sources, by name
  std::map<std::string, std::string> environment;  // beside what the base and we set
};

// Writes both into `folder`. An image over a base has the base's layers, as they are, and its environment.
// `store` has the base's configuration.
[[nodiscard]] ImageSection write_image_documents(const std::filesystem::path& folder, const Lockfile& lock,
                                                 const BlobStore& store, ImageContent content);

// The environment that the image in `folder` sets. Throws Error(input) where its config.json cannot be read.
[[nodiscard]] std::map<std::string, std::string> image_environment(const std::filesystem::path& folder);

}  // namespace mlrepro
