#include "services/image/base_image.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/image/base_blobs.hpp"
#include "standards/oci/image_manifest.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_layers = 1000;

// Of OCI and of docker; the blob is the same. Layers that a registry may not give away are not among them.
constexpr std::array<std::string_view, 5> layer_types = {
    "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip"};

class Opening {
 public:
  Opening(const BasePlace& place, const std::string& text, const std::string& architecture,
          HttpClient& client, const BlobStore& store, Progress& progress)
      : place_(place),
        text_(text),
        architecture_(oci::go_architecture(architecture)),
        client_(client),
        store_(store),
        progress_(progress) {}

  LockedBase open() {
    LockedBase base;
    base.reference = text_;
    base.digest = place_.reference->digest;
    std::string manifest_text = manifest(base.digest, std::nullopt);
    if (const auto index = oci::parse_index(manifest_text, words(base.digest))) {
      const auto& chosen = own(*index);
      base.digest = chosen.digest;
      manifest_text = manifest(chosen.digest, chosen.size);
    }
    base.size = manifest_text.size();
    const auto manifest = oci::parse_manifest(manifest_text, words(base.digest));
    base.config_digest = manifest.config.digest;
    base.config_size = manifest.config.size;
    if (base.config_size > most_manifest_bytes) refuse("its configuration is larger than 16 MiB");
    fetch({{"the configuration of the base image", base.config_digest, base.config_size, false}});
    const auto facts = oci::parse_configuration(read(base.config_digest), words(base.config_digest));
    check_platform(facts.os, facts.architecture);
    if (manifest.layers.empty() || manifest.layers.size() > most_layers ||
        facts.diff_ids.size() != manifest.layers.size()) {
      refuse("it has " + std::to_string(manifest.layers.size()) + " layers and " +
             std::to_string(facts.diff_ids.size()) + " diff_ids");
    }
    for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
      const auto& layer = manifest.layers[i];
      if (std::find(layer_types.begin(), layer_types.end(), layer.media_type) == layer_types.end())
        refuse("the layer " + layer.digest.tagged() + " is of the type " + layer.media_type);
      base.layers.push_back({layer.media_type, layer.digest, layer.size, facts.diff_ids[i]});
    }
    fetch_base_image(place_, base, client_, store_, progress_);
    return base;
  }

 private:
  static std::string words(const Sha256& digest) { return "the base image's " + digest.tagged(); }

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::input, "bad-base", "cannot use the base image " + text_ + ": " + why,
                "take another image");
  }

  void fetch(const std::vector<WantedBlob>& blobs) { fetch_blobs(place_, blobs, client_, store_, progress_); }
  [[nodiscard]] std::string read(const Sha256& digest) const {
    return read_file(store_.get(digest, words(digest)), most_manifest_bytes);
  }
  std::string manifest(const Sha256& digest, std::optional<std::uint64_t> size) {
    fetch({{"the manifest of the base image", digest, size, true}});
    return read(digest);
  }

  [[nodiscard]] const oci::Descriptor& own(const std::vector<oci::PlatformDescriptor>& index) const {
    std::set<std::string> others;
    for (const auto& entry : index) {
      if (entry.os == "linux" && entry.architecture == architecture_) return entry.manifest;
      if (!entry.os.empty() && entry.os != "unknown") others.insert(entry.os + "/" + entry.architecture);
    }
    throw_platform(join(std::vector<std::string>(others.begin(), others.end()), ", "));
  }

  void check_platform(const std::string& os, const std::string& architecture) const {
    if (os != "linux" || architecture != architecture_) throw_platform(os + "/" + architecture);
  }

  [[noreturn]] void throw_platform(const std::string& has) const {
    throw Error(ErrorKind::input, "base-platform",
                "the base image " + text_ + " is for " + (has.empty() ? "no platform that it names" : has) +
                    ", not for linux/" + architecture_,
                "take the image for that platform, or set platforms in [environment]");
  }

  const BasePlace& place_;
  const std::string& text_;
  std::string architecture_;
  HttpClient& client_;
  const BlobStore& store_;
  Progress& progress_;
};

}  // namespace

LockedBase open_base_image(const BasePlace& place, const std::string& text, const std::string& architecture,
                           HttpClient& client, const BlobStore& store, Progress& progress) {
  return Opening(place, text, architecture, client, store, progress).open();
}

void fetch_base_image(const BasePlace& place, const LockedBase& base, HttpClient& client,
                      const BlobStore& store, Progress& progress) {
  std::vector<WantedBlob> blobs{
      {"the manifest of the base image", base.digest, base.size, true},
      {"the configuration of the base image", base.config_digest, base.config_size, false}};
  for (const auto& layer : base.layers)
    blobs.push_back(
        {"the layer " + layer.digest.tagged() + " of the base image", layer.digest, layer.size, false});
  fetch_blobs(place, blobs, client, store, progress);
  progress.finish("base image");
}

}  // namespace mlrepro
