#include "commands/bundle_command.hpp"

#include <fcntl.h>

#include <functional>
#include <map>
#include <set>

#include "adapters/net/http_client.hpp"
#include "adapters/sandbox/user_namespace.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_replacement.hpp"
#include "commands/direct_sources.hpp"
#include "commands/locked_files.hpp"
#include "commands/network.hpp"
#include "commands/project_files.hpp"
#include "services/bundle/bundle_format.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/image_layers.hpp"
#include "services/image/tree_owners.hpp"
#include "services/index/debian_index.hpp"
#include "store/blob_store.hpp"
#include "store/cache_use.hpp"
#include "store/catalog.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using Give = std::function<void(const std::function<void(std::string_view)>&)>;

class Bundling {
 public:
  Bundling(const Invocation& invocation, MappedIds ids)
      : invocation_(invocation),
        ids_(ids),
        manifest_(invocation.read_manifest()),
        lock_path_(invocation.lockfile_path(manifest_)),
        whole_(read_lockfile(lock_path_)),
        store_(invocation.store_path()) {}

  int write(const fs::path& output) {
    refuse_drift(invocation_, manifest_, whole_);
    fetch();
    add_project();
    add_blobs();
    for (const auto& digest : needs_of(whole_).images) {
      const fs::path rootfs = invocation_.images_path() / digest.hex() / "rootfs";
      if (can_read_tree(rootfs, ids_)) add_image(digest);
    }
    add_records();
    return say(output, write_file(output));
  }

 private:
  void fetch() {
    HttpClient client = open_network(invocation_);
    for (const auto& name : whole_.target_names()) {
      const Lockfile lock = whole_.target(name);
      fetch_locked_files(invocation_, manifest_, lock, client, store_);
      if (!lock.os || !manifest_.os || invocation_.offline) continue;
      try {
        refetch_debian_chain(*lock.os, debian_sources(*manifest_.os, Invocation::apt_folder()), client,
                             store_);
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) throw;
        invocation_.progress->warning(error.message());
      }
    }
  }

  void add(const std::string& path, std::uint64_t size, const Sha256& digest, Give give) {
    members_[path] = {{path, size, digest}, std::move(give)};
  }

  void add_text(const std::string& path, std::string text) {
    const std::uint64_t size = text.size();
    const Sha256 digest = sha256(text);
    add(path, size, digest, [text = std::move(text)](const auto& piece) { piece(text); });
  }

  void add_project() {
    const fs::path file = invocation_.manifest ? invocation_.directory / *invocation_.manifest
                                               : find_manifest(invocation_.directory);
    for (auto& [path, text] : manifest_files(file, manifest_))
      add_text("project/" + path, text);
    add_text("project/mlrepro.lock", read_file(lock_path_));
  }

  // What the archive has replaced since and nobody kept cannot be had again; nor can a wheel of a source that
  // was built elsewhere. A build needs neither.
  void add_blobs() {
    const std::set<Sha256> needless = needless_blobs();
    std::uint64_t done = 0;
    std::uint64_t missing = 0;
    const auto blobs = needs_of(whole_).blobs;
    for (const auto& digest : blobs) {
      invocation_.progress->update("check", ++done, blobs.size(), Unit::items);
      const auto path = needless.contains(digest) ? store_.find(digest)
                                                  : std::optional(store_.get(digest, digest.tagged()));
      if (!path) {
        ++missing;
        continue;
      }
      add("blobs/" + digest.hex(), fs::file_size(*path), digest,
          [file = *path](const auto& piece) { read_chunks(file, piece); });
      ++blobs_;
    }
    invocation_.progress->finish("check");
    if (missing > 0) {
      invocation_.progress->warning(std::to_string(missing) +
                                    " files of the archive's signed chain or wheels built elsewhere are not "
                                    "in the store: verify will not find them either");
    }
  }

  [[nodiscard]] std::set<Sha256> needless_blobs() const {
    std::set<Sha256> found;
    for (const auto& target : whole_.views()) {
      if (*target.image) {
        for (const auto& wheel : (*target.image)->wheels)
          found.insert(wheel.sha256);
      }
      if (!*target.os) continue;
      for (const auto& release : (*target.os)->releases) {
        found.insert(release.sha256);
        for (const auto& index : release.indexes)
          found.insert(index.sha256);
      }
    }
    return found;
  }

  void add_image(const Sha256& digest) {
    const fs::path folder = invocation_.images_path() / digest.hex();
    UniqueFd hold = hold_image(folder);
    if (!hold.valid()) return;
    holds_.push_back(std::move(hold));
    auto documents = read_image_documents(folder, digest);
    if (!documents) {
      throw Error(ErrorKind::input, "image-damaged",
                  "the image " + digest.tagged() + " was altered in the cache",
                  "run mlrepro store check, then mlrepro build");
    }
    const auto& manifest = documents->manifest;
    const std::string below = "image/" + digest.hex() + "/";
    for (const auto& part : tree_parts(manifest)) {
      add(below + part.name, part.layer.size, part.layer.digest,
          [folder, kind = part.layer.kind](const auto& piece) {
            write_layer(folder / "rootfs", kind, piece);
          });
    }
    for (const auto& layer : image_layers(manifest)) {
      if (layer.from != ImageLayer::From::file) continue;
      add(below + std::string(os_layer_file), layer.descriptor.size, layer.descriptor.digest,
          [file = folder / os_layer_file](const auto& piece) { read_chunks(file, piece); });
    }
    add_text(below + "manifest.json", std::move(documents->manifest_text));
    add_text(below + "config.json", std::move(documents->config_text));
    ++images_;
  }

  void add_records() {
    const fs::path file = Invocation::records_path(manifest_);
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return;
    const Catalog catalog(file);
    for (const auto& each : catalog.list()) {
      add_text("records/" + each.id + ".json", pretty_json(to_json(catalog.find(each.id), true)));
      ++records_;
    }
  }

  Sha256 write_file(const fs::path& output) {
    BundleIndex index;
    index.lock_id = whole_.id().tagged();
    std::uint64_t total = 0;
    for (const auto& [path, member] : members_) {
      index.members.push_back(member.first);
      total += member.first.size;
    }
    Sha256Hasher hasher;
    replace_file(output, [&](const fs::path& file) { write_members(index, total, file, hasher); });
    invocation_.progress->finish("bundle");
    return hasher.finish();
  }

  void write_members(const BundleIndex& index, std::uint64_t total, const fs::path& file,
                     Sha256Hasher& hasher) {
    const UniqueFd fd = open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0644);
    std::string buffer;
    const auto flush = [&] {
      write_all(fd.get(), buffer, file.string());
      hasher.update(buffer);
      size_ += buffer.size();
      buffer.clear();
      invocation_.progress->update("bundle", size_, total, Unit::bytes);
    };
    write_bundle(
        index, [&](const BundleMember& member, const auto& piece) { members_.at(member.path).second(piece); },
        [&](std::string_view piece) {
          buffer += piece;
          if (buffer.size() >= std::size_t{1} << 20) flush();
        });
    flush();
  }

  int say(const fs::path& output, const Sha256& digest) const {
    invocation_.answer->line("wrote " + output.string() + ": " + std::to_string(blobs_) + " files, " +
                                 std::to_string(images_) + " images and " + std::to_string(records_) +
                                 " records, " + std::to_string(size_ / 1'000'000) + " MB",
                             Tone::good);
    invocation_.answer->document({{"kind", "bundle"},
                                  {"version", 1},
                                  {"action", "write"},
                                  {"file", output.string()},
                                  {"lock_id", whole_.id().tagged()},
                                  {"sha256", digest.tagged()},
                                  {"bytes", size_},
                                  {"blobs", blobs_},
                                  {"images", images_},
                                  {"records", records_}});
    return exit_done;
  }

  const Invocation& invocation_;
  MappedIds ids_;
  Manifest manifest_;
  fs::path lock_path_;
  Lockfile whole_;
  BlobStore store_;
  std::map<std::string, std::pair<BundleMember, Give>> members_;
  std::vector<UniqueFd> holds_;
  std::uint64_t blobs_ = 0;
  std::uint64_t images_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace

int write_bundle_command(const Invocation& invocation, const std::string& output) {
  std::string why;
  const MappedIds ids = try_user_namespace(&why);
  if (ids == MappedIds::outside) invocation.progress->warning("images are left out of the bundle: " + why);
  return Bundling(invocation, ids).write(invocation.directory / output);
}

int bundle_command(const Invocation& invocation, const BundleOptions& options) {
  if (options.output.empty() == options.open.empty()) {
    throw Error(ErrorKind::input, "usage", "bundle either writes a file or opens one",
                "mlrepro bundle -o FILE, or mlrepro bundle --open FILE");
  }
  return options.open.empty() ? write_bundle_command(invocation, options.output)
                              : open_bundle_command(invocation, options.open);
}

}  // namespace mlrepro
