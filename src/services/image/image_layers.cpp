#include "services/image/image_layers.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::input, "image-damaged", "the image's manifest contradicts itself: " + why,
              "build it again");
}

std::string_view annotation(const oci::Manifest& manifest, std::string_view key) {
  const auto found = manifest.annotations.find(std::string(key));
  if (found == manifest.annotations.end()) refuse("it has no " + std::string(key));
  return found->second;
}

bool is_over_base(const oci::Manifest& manifest) {
  return manifest.annotations.contains(std::string(base_annotation));
}

std::vector<ImageLayer> own_layers(std::string_view names) {
  std::vector<ImageLayer> layers;
  for (const auto name : split_words(names)) {
    if (name == "os") {
      layers.push_back({{}, ImageLayer::From::file, LayerKind::os});
    } else if (name == "python") {
      layers.push_back({{}, ImageLayer::From::tree, LayerKind::over_python});
    } else {
      refuse("a layer \"" + std::string(name) + "\" is not known");
    }
  }
  return layers;
}

}  // namespace

std::vector<ImageLayer> image_layers(const oci::Manifest& manifest) {
  std::vector<ImageLayer> layers;
  if (!is_over_base(manifest)) {
    if (manifest.layers.empty() || manifest.layers.size() > 2) refuse("it has neither one layer nor two");
    layers.push_back({{}, ImageLayer::From::tree, LayerKind::os});
    if (manifest.layers.size() > 1) layers.push_back({{}, ImageLayer::From::tree, LayerKind::python});
  } else {
    const auto own = own_layers(annotation(manifest, layers_annotation));
    if (own.size() >= manifest.layers.size()) refuse("it has no layer of its base");
    layers.resize(manifest.layers.size() - own.size(), {{}, ImageLayer::From::base, LayerKind::os});
    layers.insert(layers.end(), own.begin(), own.end());
  }
  for (std::size_t i = 0; i < layers.size(); ++i)
    layers[i].descriptor = manifest.layers[i];
  return layers;
}

void write_image_layer(const fs::path& folder, const ImageLayer& layer, const BlobStore& store,
                       const TarWriter::Out& out) {
  switch (layer.from) {
    case ImageLayer::From::tree: return write_layer(folder / "rootfs", layer.kind, out);
    case ImageLayer::From::file: return read_chunks(folder / os_layer_file, out);
    case ImageLayer::From::base:
      return read_chunks(store.get(layer.descriptor.digest,
                                   "the layer " + layer.descriptor.digest.tagged() + " of the base image"),
                         out);
  }
}

std::vector<TreePart> tree_parts(const oci::Manifest& manifest) {
  std::vector<TreePart> parts;
  if (is_over_base(manifest)) {
    const auto words = split_words(annotation(manifest, tree_annotation));
    const auto digest = words.size() == 2 ? Sha256::parse(words[0]) : std::nullopt;
    const auto size = digest ? parse_number(words[1]) : std::nullopt;
    if (!size) refuse("of its tree it names no digest and size");
    parts.push_back({"tree", {LayerKind::tree, *digest, *size}});
    return parts;
  }
  const auto layers = image_layers(manifest);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    parts.push_back({"layer-" + std::to_string(i),
                     {layers[i].kind, layers[i].descriptor.digest, layers[i].descriptor.size}});
  }
  return parts;
}

}  // namespace mlrepro
