// `--output KIND:PATH`: a realised image in the forms that other tools take.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <set>

#include "adapters/archive/layer_reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_replacement.hpp"
#include "base/text.hpp"
#include "services/image/base_layers.hpp"
#include "services/image/filesystem_image.hpp"
#include "services/image/image_builder.hpp"
#include "services/image/image_layers.hpp"
#include "services/image/tree_owners.hpp"
#include "standards/oci/image_manifest.hpp"
#include "tree/disk_sink.hpp"
#include "tree/tar_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_json = std::uint64_t{16} << 20;

// An OCI image layout (image-spec 1.0.2, image-layout.md), pushed into any sink.
class Layout {
 public:
  Layout(const RealisedImage& image, const BlobStore& store)
      : image_(image),
        store_(store),
        manifest_text_(read_file(image.folder / "manifest.json", most_json)),
        config_text_(read_file(image.folder / "config.json", most_json)),
        manifest_(oci::parse_manifest(manifest_text_, (image.folder / "manifest.json").string())) {
    if (sha256(manifest_text_) != image.section.digest ||
        sha256(config_text_) != image.section.config_digest) {
      throw Error(ErrorKind::input, "image-damaged",
                  "the image in " + image.folder.string() + " was changed after it was built",
                  "remove that folder and build again");
    }
  }

  // What `docker load` reads: config and layers by name, and a manifest.json that lists them. Its layers are
  // tars, so that those of a base are decompressed.
  void push_docker(TreeSink& sink, Progress& progress) const {
    const std::string config_name = image_.section.config_digest.hex() + ".json";
    Json names = Json::array();
    std::set<Sha256> written;  // a base may have one layer twice
    const auto layers = image_layers(manifest_);
    if (image_.section.diff_ids.size() != layers.size()) damaged();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const Sha256& diff_id = image_.section.diff_ids[i];
      const std::string name = diff_id.hex() + ".tar";
      names.push_back(name);
      if (!written.insert(diff_id).second) continue;
      if (layers[i].from == ImageLayer::From::base) {
        base_layer(sink, name, layers[i].descriptor, diff_id, progress);
      } else {
        layer(sink, name, layers[i], progress);
      }
    }
    bytes(sink, config_name, config_text_);
    bytes(sink, "manifest.json",
          canonical_json(
              Json::array({{{"Config", config_name}, {"RepoTags", nullptr}, {"Layers", std::move(names)}}})));
    sink.finish();
    progress.finish("output");
  }

  void push(TreeSink& sink, Progress& progress) const {
    folder(sink, "blobs");
    folder(sink, "blobs/sha256");
    std::set<Sha256> written;
    bytes(sink, "blobs/sha256/" + image_.section.config_digest.hex(), config_text_);
    for (const auto& each : image_layers(manifest_)) {
      if (written.insert(each.descriptor.digest).second)
        layer(sink, "blobs/sha256/" + each.descriptor.digest.hex(), each, progress);
    }
    bytes(sink, "blobs/sha256/" + image_.section.digest.hex(), manifest_text_);
    const auto facts = oci::parse_configuration(config_text_, "config.json");
    bytes(sink, "index.json",
          oci::render_index({std::string(oci::manifest_type), image_.section.digest, manifest_text_.size()},
                            facts.architecture));
    bytes(sink, "oci-layout", oci::layout_file);
    sink.finish();
    progress.finish("output");
  }

 private:
  static void folder(TreeSink& sink, const std::string& path) {
    TreeEntry entry;
    entry.path = path;
    entry.type = EntryType::directory;
    entry.mode = 0755;
    sink.add(entry, {});
  }

  static void bytes(TreeSink& sink, const std::string& path, std::string_view text) {
    TreeEntry entry;
    entry.path = path;
    entry.size = text.size();
    sink.add(entry, [&](const auto& piece) { piece(text); });
  }

  // What `give` gives must be of that digest and size.
  void checked(TreeSink& sink, const std::string& path, const Sha256& digest, std::uint64_t size,
               const std::function<void(const TarWriter::Out&)>& give, Progress& progress) const {
    TreeEntry entry;
    entry.path = path;
    entry.size = size;
    Sha256Hasher hasher;
    std::uint64_t done = 0;
    sink.add(entry, [&](const auto& piece) {
      give([&](std::string_view part) {
        hasher.update(part);
        done += part.size();
        if (done > size) damaged();
        progress.update("output", done, size, Unit::bytes);
        piece(part);
      });
      if (done != size) damaged();
    });
    if (hasher.finish() != digest) damaged();
  }

  void layer(TreeSink& sink, const std::string& path, const ImageLayer& layer, Progress& progress) const {
    checked(
        sink, path, layer.descriptor.digest, layer.descriptor.size,
        [&](const auto& out) { write_image_layer(image_.folder, layer, store_, out); }, progress);
  }

  // Read twice: a tar says how long a member is before it comes.
  void base_layer(TreeSink& sink, const std::string& path, const oci::Descriptor& descriptor,
                  const Sha256& diff_id, Progress& progress) const {
    const BaseLayer layer{descriptor.media_type, descriptor.digest, descriptor.size, diff_id};
    const std::string name = layer_words(layer);
    const fs::path file = store_.get(layer.digest, name);
    const auto decompress = [&](const auto& out) {
      decompress_layer(file, name, most_layer_bytes(layer), out);
    };
    std::uint64_t size = 0;
    decompress([&](std::string_view part) { size += part.size(); });
    checked(sink, path, diff_id, size, decompress, progress);
  }

  [[noreturn]] void damaged() const {
    throw Error(ErrorKind::input, "image-damaged",
                "the tree in " + image_.rootfs.string() + " was changed after it was built",
                "remove " + image_.folder.string() + " and build again");
  }

  const RealisedImage& image_;
  const BlobStore& store_;
  std::string manifest_text_;
  std::string config_text_;
  oci::Manifest manifest_;
};

void refuse_existing(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(path, ignored))) return;
  if (fs::is_directory(path, ignored) && fs::is_empty(path, ignored)) return;
  throw Error(ErrorKind::input, "output-exists",
              "cannot write " + path.string() + ": something lies there already",
              "remove it, or name another path");
}

// Fills a folder beside `path`, then renames it: a killed run leaves nothing at `path`, and what it left
// beside it goes with the next.
template <typename Fill>
void write_folder(const fs::path& path, Fill fill) {
  refuse_existing(path);
  fs::path full = fs::absolute(path).lexically_normal();
  if (!full.has_filename()) full = full.parent_path();  // "out/"
  HeldDirectory temporary = folder_beside(full);
  if (::chmod(temporary.path().c_str(), 0755) != 0)
    throw system_error(errno, "set the mode of " + path.string());
  fill(temporary.path());
  if (::rename(temporary.path().c_str(), full.c_str()) != 0)
    throw system_error(errno, "write " + path.string());
  temporary.release();
}

void write_archive(const fs::path& path, const std::function<void(TreeSink&)>& push) {
  replace_file(path, [&](const fs::path& file) {
    const UniqueFd fd = open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0644);
    std::string buffer;
    constexpr std::size_t block = std::size_t{1} << 20;
    const auto flush = [&] {
      write_all(fd.get(), buffer, path.string());
      buffer.clear();
    };
    TarSink sink([&](std::string_view piece) {
      if (buffer.size() + piece.size() > block) flush();
      if (piece.size() >= block) {
        write_all(fd.get(), piece, path.string());
      } else {
        buffer.append(piece);
      }
    });
    push(sink);
    flush();
  });
}

// The time that the image says it was made at: that of the lock.
std::int64_t time_of(const RealisedImage& image) {
  return oci::created(read_file(image.folder / "config.json", most_json));
}

void write_filesystem(const RealisedImage& image, FilesystemKind kind, const fs::path& path,
                      Progress& progress) {
  replace_file(path, [&](const fs::path& file) {
    write_filesystem_image(kind, image.rootfs, file, time_of(image), progress);
  });
}

}  // namespace

std::vector<std::string> output_kinds() {
  return {"oci", "oci-archive", "docker-archive", "rootfs", "squashfs", "erofs"};
}

void write_output(const RealisedImage& image, const BlobStore& store, const std::string& kind,
                  const fs::path& path, Progress& progress) {
  if (kind == "oci") {
    const Layout layout(image, store);
    write_folder(path, [&](const fs::path& folder) {
      DiskSink sink(folder, false);
      layout.push(sink, progress);
    });
  } else if (kind == "oci-archive") {
    const Layout layout(image, store);
    write_archive(path, [&](TreeSink& sink) { layout.push(sink, progress); });
  } else if (kind == "docker-archive") {
    const Layout layout(image, store);
    write_archive(path, [&](TreeSink& sink) { layout.push_docker(sink, progress); });
  } else if (kind == "rootfs") {
    write_folder(path, [&](const fs::path& folder) {
      DiskSink sink(folder);
      push_image_tree(image.rootfs, {}, sink);
      sink.finish();
    });
  } else if (kind == "squashfs") {
    write_filesystem(image, FilesystemKind::squashfs, path, progress);
  } else if (kind == "erofs") {
    write_filesystem(image, FilesystemKind::erofs, path, progress);
  } else {
    throw Error(ErrorKind::input, "unknown-output",
                "cannot write the image as \"" + kind + "\": no such kind",
                "the kinds are " + join(output_kinds(), ", "));
  }
}

}  // namespace mlrepro
