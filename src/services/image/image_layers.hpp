// What the layers of a realised image are made of, told by its manifest.
//
// An image of its own is cut in two: the operating system and, where it has one, the Python environment. An
// image over a base has the base's layers, as they are; what was installed over them, IMAGES/<digest
// hex>/os.tar; and the environment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/image/layers.hpp"
#include "standards/oci/image_manifest.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Annotations of a manifest, beside those of image-spec's annotations.md.
inline constexpr std::string_view lock_label = "org.mlrepro.lock-id";
inline constexpr std::string_view base_annotation = "org.opencontainers.image.base.digest";
// Of an image over a base: its own layers ("os python"), and the tar of its whole tree ("sha256:... SIZE").
inline constexpr std::string_view layers_annotation = "org.mlrepro.layers";
inline constexpr std::string_view tree_annotation = "org.mlrepro.tree";
// In the image's folder.
inline constexpr std::string_view os_layer_file = "os.tar";

struct ImageLayer {
  enum class From { tree, file, base };
  oci::Descriptor descriptor;
  From from = From::tree;
  LayerKind kind = LayerKind::os;  // but of a base's
};

// Lowest first. Throws Error(input, "image-damaged") for a manifest that says otherwise of itself than it
// has.
[[nodiscard]] std::vector<ImageLayer> image_layers(const oci::Manifest& manifest);

// The layer's blob as its descriptor has it, in pieces. `folder`: the image's; `store` has the base's layers.
void write_image_layer(const std::filesystem::path& folder, const ImageLayer& layer, const BlobStore& store,
                       const TarWriter::Out& out);

// The tars that a tree is made of, lowest first, with the name of each in a bundle.
struct TreePart {
  std::string name;
  Layer layer;
};
[[nodiscard]] std::vector<TreePart> tree_parts(const oci::Manifest& manifest);

}  // namespace mlrepro
