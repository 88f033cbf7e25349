// `--output KIND:PATH`: a realised image in the forms that other tools take.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_replacement.hpp"
#include "base/text.hpp"
#include "services/image/filesystem_image.hpp"
#include "services/image/image_builder.hpp"
#include "services/image/layers.hpp"
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
  explicit Layout(const RealisedImage& image)
      : image_(image),
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

  // What `docker load` reads: config and layers by name, and a manifest.json that lists them.
  void push_docker(TreeSink& sink, Progress& progress) const {
    const std::string config_name = image_.section.config_digest.hex() + ".json";
    Json layers = Json::array();
    for (std::size_t i = 0; i < manifest_.layers.size(); ++i) {
      const std::string name = manifest_.layers[i].digest.hex() + ".tar";
      layer(sink, name, manifest_.layers[i], i == 0 ? LayerKind::os : LayerKind::python, progress);
      layers.push_back(name);
    }
    bytes(sink, config_name, config_text_);
    bytes(sink, "manifest.json",
          canonical_json(Json::array(
              {{{"Config", config_name}, {"RepoTags", nullptr}, {"Layers", std::move(layers)}}})));
    sink.finish();
    progress.finish("output");
  }

  void push(TreeSink& sink, Progress& progress) const {
    folder(sink, "blobs");
    folder(sink, "blobs/sha256");
    bytes(sink, "blobs/sha256/" + image_.section.config_digest.hex(), config_text_);
    for (std::size_t i = 0; i < manifest_.layers.size(); ++i) {
      layer(sink, "blobs/sha256/" + manifest_.layers[i].digest.hex(), manifest_.layers[i],
            i == 0 ? LayerKind::os : LayerKind::python, progress);
    }
    bytes(sink, "blobs/sha256/" + image_.section.digest.hex(), manifest_text_);
    const Json config = parse_json(config_text_, "config.json");
    bytes(sink, "index.json",
          oci::render_index({std::string(oci::manifest_type), image_.section.digest, manifest_text_.size()},
                            config.value("architecture", std::string("amd64"))));
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

  void layer(TreeSink& sink, const std::string& path, const oci::Descriptor& descriptor, LayerKind kind,
             Progress& progress) const {
    TreeEntry entry;
    entry.path = path;
    entry.size = descriptor.size;
    Sha256Hasher hasher;
    std::uint64_t done = 0;
    sink.add(entry, [&](const auto& piece) {
      write_layer(image_.rootfs, kind, [&](std::string_view part) {
        hasher.update(part);
        done += part.size();
        if (done > descriptor.size) damaged();
        progress.update("output", done, descriptor.size, Unit::bytes);
        piece(part);
      });
      if (done != descriptor.size) damaged();
    });
    if (hasher.finish() != descriptor.digest) damaged();
  }

  [[noreturn]] void damaged() const {
    throw Error(ErrorKind::input, "image-damaged",
                "the tree in " + image_.rootfs.string() + " was changed after it was built",
                "remove " + image_.folder.string() + " and build again");
  }

  const RealisedImage& image_;
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

// Fills a folder beside `path`, then renames it: a killed run leaves nothing at `path`.
template <typename Fill>
void write_folder(const fs::path& path, Fill fill) {
  refuse_existing(path);
  const fs::path full = fs::absolute(path).lexically_normal();
  TemporaryDirectory temporary(full.parent_path(), "." + full.filename().string());
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

void write_output(const RealisedImage& image, const std::string& kind, const fs::path& path,
                  Progress& progress) {
  if (kind == "oci") {
    const Layout layout(image);
    write_folder(path, [&](const fs::path& folder) {
      DiskSink sink(folder, false);
      layout.push(sink, progress);
    });
  } else if (kind == "oci-archive") {
    const Layout layout(image);
    write_archive(path, [&](TreeSink& sink) { layout.push(sink, progress); });
  } else if (kind == "docker-archive") {
    const Layout layout(image);
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
