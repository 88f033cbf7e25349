#include "services/image/image_check.hpp"

#include <algorithm>
#include <system_error>

#include "base/error.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/image_layers.hpp"
#include "store/cache_use.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

std::optional<std::string> damage_in(const fs::path& folder, const Sha256& digest, bool layers,
                                     Progress& progress) {
  const auto documents = read_image_documents(folder, digest);
  if (!documents) return "its manifest was changed";
  const auto& manifest = documents->manifest;
  if (sha256(documents->config_text) != manifest.config.digest) return "its configuration was changed";
  if (!layers) return std::nullopt;
  const auto parts = tree_parts(manifest);
  std::vector<LayerKind> kinds;
  for (const auto& part : parts)
    kinds.push_back(part.layer.kind);
  const auto found = hash_layers(folder / "rootfs", kinds, progress);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (found[i].digest != parts[i].layer.digest)
      return "its tree was changed, in the layer " + parts[i].layer.digest.tagged();
  }
  for (const auto& layer : image_layers(manifest)) {
    if (layer.from == ImageLayer::From::file &&
        sha256_file(folder / os_layer_file) != layer.descriptor.digest)
      return "its layer " + layer.descriptor.digest.tagged() + " was changed";
  }
  return std::nullopt;
}

}  // namespace

std::vector<Sha256> complete_images(const fs::path& images) {
  std::vector<Sha256> found;
  std::error_code code;
  for (fs::directory_iterator entry(images, code), end; !code && entry != end; entry.increment(code)) {
    const auto digest = Sha256::parse(entry->path().filename().string());
    if (digest && is_complete_image(entry->path())) found.push_back(*digest);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::string> image_damage(const fs::path& images, const Sha256& digest, bool layers,
                                        Progress& progress) {
  try {
    return damage_in(images / digest.hex(), digest, layers, progress);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return error.message();
  }
}

void discard_image(const fs::path& images, const Sha256& digest) {
  const fs::path folder = images / digest.hex();
  const bool held = image_is_held(folder);
  unmark_image(folder);
  // Containers that run on it keep their tree.
  if (!held) SafeFolder(images).remove(digest.hex());
}

}  // namespace mlrepro
