#include "services/image/image_import.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/tree_owners.hpp"
#include "standards/oci/image_manifest.hpp"
#include "tree/disk_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_json = std::uint64_t{16} << 20;

void unpack_part(const fs::path& tar, const std::string& name, DiskSink& sink, TreeOwners& owners) {
  const UniqueFd fd = open_file(tar, O_RDONLY);
  read_tar(read_from(fd.get(), tar.string()), name, [&](const TreeEntry& entry, const Content& content) {
    owners.note(entry);
    sink.add(entry, content);
  });
}

}  // namespace

void ImageImport::refuse(const std::string& why) const {
  throw Error(ErrorKind::input, "bad-image", "the image " + digest_.tagged() + " is not whole: " + why,
              "build it from the lock");
}

void ImageImport::take(const std::string& name, std::uint64_t size, const Content& content) {
  if (name == "manifest.json" || name == "config.json") {
    if (size > most_json) refuse(name + " is too large");
    std::string& text = name == "manifest.json" ? manifest_ : config_;
    content([&](std::string_view piece) { text += piece; });
    return;
  }
  if (!files_.insert(name).second) refuse(name + " is there twice");
  const fs::path file = folder_.path() / name;
  const UniqueFd fd = open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
  content([&](std::string_view piece) { write_all(fd.get(), piece, file.string()); });
}

void ImageImport::check_files(const oci::Manifest& manifest, const std::vector<TreePart>& parts) const {
  std::set<std::string> wanted;
  for (const auto& part : parts)
    wanted.insert(part.name);
  for (const auto& layer : image_layers(manifest)) {
    if (layer.from != ImageLayer::From::file) continue;
    const std::string name(os_layer_file);
    wanted.insert(name);
    if (files_.contains(name) && sha256_file(folder_.path() / name) != layer.descriptor.digest)
      refuse(name + " is not what its manifest names");
  }
  if (files_ != wanted) refuse("its layers are not those of its manifest");
}

void ImageImport::unpack(const std::vector<TreePart>& parts, Progress& progress) {
  const fs::path root = folder_.path() / "rootfs";
  if (::mkdir(root.c_str(), 0755) != 0 || ::chmod(root.c_str(), 0755) != 0)
    throw system_error(errno, "make folder " + root.string());
  DiskSink sink(root, owners_);
  TreeOwners owners;
  std::vector<LayerKind> kinds;
  for (const auto& part : parts) {
    progress.update("unpack", kinds.size(), parts.size(), Unit::items);
    kinds.push_back(part.layer.kind);
    const fs::path file = folder_.path() / part.name;
    unpack_part(file, digest_.tagged() + " " + part.name, sink, owners);
    ::unlink(file.c_str());
  }
  sink.finish();
  progress.finish("unpack");
  if (!owners_) owners.write(root);
  const auto found = hash_layers(root, kinds, progress);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (found[i].digest != parts[i].layer.digest) refuse(parts[i].name + " is not what its manifest names");
  }
}

void ImageImport::commit(Progress& progress) {
  if (sha256(manifest_) != digest_) refuse("manifest.json is of another image");
  const auto manifest = oci::parse_manifest(manifest_, "manifest.json");
  if (sha256(config_) != manifest.config.digest) refuse("config.json is not what its manifest names");
  const auto parts = tree_parts(manifest);
  check_files(manifest, parts);
  unpack(parts, progress);
  const fs::path root = folder_.path() / "rootfs";
  const UnixTime made = oci::created(config_);
  const std::array<timespec, 2> times{timespec{made, 0}, timespec{made, 0}};
  if (::utimensat(AT_FDCWD, root.c_str(), times.data(), 0) != 0)
    throw system_error(errno, "set the time of " + root.string());
  write_file_atomically(folder_.path() / "config.json", config_);
  write_file_atomically(folder_.path() / "manifest.json", manifest_);
  (void)folder_.commit(digest_);
}

}  // namespace mlrepro
