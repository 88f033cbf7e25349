#include "services/image/image_check.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/build_folder.hpp"
#include "services/image/layers.hpp"
#include "standards/oci/image_manifest.hpp"
#include "store/cache_use.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_json = std::uint64_t{16} << 20;

std::optional<std::string> damage_in(const fs::path& folder, const Sha256& digest, bool layers,
                                     Progress& progress) {
  const std::string text = read_file(folder / "manifest.json", most_json);
  if (sha256(text) != digest) return "its manifest was changed";
  const auto manifest = oci::parse_manifest(text, (folder / "manifest.json").string());
  if (sha256(read_file(folder / "config.json", most_json)) != manifest.config.digest)
    return "its configuration was changed";
  if (!layers) return std::nullopt;
  const auto found = hash_layers(folder / "rootfs", layer_kinds(manifest.layers.size() > 1), progress);
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    if (i >= found.size() || found[i].digest != manifest.layers[i].digest)
      return "its tree was changed, in the layer " + manifest.layers[i].digest.tagged();
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
  // Its mark goes first: what a kill leaves is then no image.
  if (::unlink((folder / "complete").c_str()) != 0 && errno != ENOENT)
    throw system_error(errno, "remove " + folder.string());
  // Containers that run on it keep their tree.
  if (!held) SafeFolder(images).remove(digest.hex());
}

}  // namespace mlrepro
