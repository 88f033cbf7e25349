#include "services/image/base_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include "adapters/archive/layer_reader.hpp"
#include "base/error.hpp"
#include "services/image/base_layers.hpp"
#include "tree/disk_sink.hpp"
#include "tree/disk_source.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// What rooms mount over and builds write to: no link may stand in their place.
constexpr std::array<const char*, 10> system_folders{"dev",  "etc", "opt", "proc", "run",
                                                     "root", "sys", "tmp", "usr",  "var"};

void set_time(SafeFolder& folder, const std::string& path, std::int64_t seconds) {
  const auto at = folder.place(path);
  const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, timespec{static_cast<time_t>(seconds), 0}};
  if (::utimensat(at.folder, at.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
    throw system_error(errno, "set the time of " + path);
}

class FolderNames final : public TreeSink {
 public:
  void add(const TreeEntry& entry, const Content&) override {
    if (entry.type == EntryType::directory) names.push_back(entry.path);
  }
  void finish() override {}
  std::vector<std::string> names;
};

class Unpacking {
 public:
  Unpacking(const fs::path& tree, bool can_own)
      : tree_(tree), folder_(tree), can_own_(can_own), sink_(std::in_place, tree, can_own) {}

  void layer(const BaseLayer& layer, const BlobStore& store) {
    const Whiteouts whiteouts = inspect_layer(layer, store);
    for (const auto& path : whiteouts.emptied)
      empty(path);
    for (const auto& path : whiteouts.removed)
      remove(path);
    const std::string name = layer_words(layer);
    try {
      (void)read_layer(store.get(layer.digest, name), name, most_layer_bytes(layer),
                       [&](const TreeEntry& entry, const Content& content) {
                         if (!is_whiteout(entry.path) && !is_left_out(entry)) add(entry, content);
                       });
    } catch (Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      throw Error(ErrorKind::input, error.code(), "cannot unpack " + name + ": " + error.message(),
                  "the image is damaged or was made to do harm: take another");
    }
  }

  TreeOwners owners;

  // Folders' times last, as what came into them changed these. One that no layer names has time 0.
  void finish() {
    FolderNames folders;
    push_folder(tree_, {}, folders);
    for (const auto& path : folders.names) {
      const auto known = times_.find(path);
      set_time(folder_, path, known == times_.end() ? 0 : known->second);
    }
    for (const auto* name : system_folders) {
      const auto info = folder_.status(name);
      if (!info || S_ISDIR(info->st_mode)) continue;
      throw Error(ErrorKind::input, "bad-base",
                  "refusing the base image: its \"" + std::string(name) + "\" is no folder",
                  "the image is damaged or was made to do harm: take another");
    }
  }

 private:
  void add(const TreeEntry& member, const Content& content) {
    TreeEntry entry = member;
    std::erase_if(entry.xattrs, [](const auto& each) {
      return each.first != "security.capability" && !each.first.starts_with("user.");
    });
    const auto info = folder_.status(entry.path);
    if (entry.type == EntryType::hardlink) check_target(entry);
    if (entry.type == EntryType::directory) {
      times_[entry.path] = entry.mtime;
      if (info && S_ISDIR(info->st_mode)) {
        owners.note(entry);
        return sink_->set_metadata(entry);
      }
    }
    if (info) remove(entry.path);
    owners.note(entry);
    if (entry.type == EntryType::directory) times_[entry.path] = entry.mtime;
    sink_->add(entry, content);
  }

  void check_target(const TreeEntry& entry) {
    const auto target = folder_.status(entry.target);
    if (target && (S_ISREG(target->st_mode) || S_ISLNK(target->st_mode))) return;
    throw Error(ErrorKind::input, "bad-layer",
                "refusing \"" + entry.path + "\": it is a hard link to \"" + entry.target +
                    "\", which is no file of the image");
  }

  void remove(const std::string& path) {
    if (!folder_.remove(path)) return;
    forget(path);
  }
  void empty(const std::string& path) {
    if (path.empty()) {
      clear_root();
    } else {
      folder_.clear(path);
    }
    forget(path);
  }
  void clear_root() {
    std::vector<std::string> names;
    for (const auto& item : fs::directory_iterator(tree_))
      names.push_back(item.path().filename().string());
    for (const auto& name : names)
      (void)folder_.remove(name);
  }
  // The sink knows folders by name that may be others now.
  void forget(const std::string& path) {
    sink_.emplace(tree_, can_own_);
    owners.forget(path);
    for (auto at = times_.lower_bound(path.empty() ? path : path + "/"); at != times_.end();) {
      if (!path.empty() && !at->first.starts_with(path + "/")) break;
      at = times_.erase(at);
    }
  }

  fs::path tree_;
  SafeFolder folder_;
  bool can_own_;
  std::optional<DiskSink> sink_;
  std::map<std::string, std::int64_t> times_;  // of folders
};

}  // namespace

TreeOwners unpack_base(const LockedBase& base, const BlobStore& store, const fs::path& tree, bool owners,
                       Progress& progress) {
  fs::create_directory(tree);
  fs::permissions(tree, static_cast<fs::perms>(0755));
  Unpacking unpacking(tree, owners);
  for (std::size_t i = 0; i < base.layers.size(); ++i) {
    progress.update("unpack base", i, base.layers.size(), Unit::items);
    unpacking.layer(base.layers[i], store);
  }
  unpacking.finish();
  progress.finish("unpack base");
  return std::move(unpacking.owners);
}

}  // namespace mlrepro
