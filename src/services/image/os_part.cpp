#include "services/image/os_part.hpp"

#include <fcntl.h>

#include "adapters/sandbox/user_namespace.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/base_install.hpp"
#include "services/image/base_tree.hpp"
#include "services/image/canonicalisation.hpp"
#include "services/image/configurator.hpp"
#include "services/image/deb_unpacker.hpp"
#include "services/image/dpkg_database.hpp"
#include "services/image/image_layers.hpp"
#include "services/image/path_contests.hpp"
#include "services/image/wheel_layout.hpp"
#include "tree/disk_sink.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

void make_folder(const fs::path& folder) {
  fs::create_directory(folder);
  fs::permissions(folder, static_cast<fs::perms>(0755));
}

}  // namespace

OsPart::OsPart(const BuildRequest& request, const fs::path& folder, PhaseTimes& times, Progress& progress)
    : lock_(*request.lock),
      request_(request),
      folder_(folder),
      tree_(folder / "rootfs"),
      log_(folder / "log"),
      epoch_(lock_.source_date_epoch()),
      times_(times),
      progress_(progress) {
  if (!lock_.os) {
    throw Error(ErrorKind::input, "no-os", "this lock has no operating system, so there is no image to build",
                "add [os] to mlrepro.toml and lock again");
  }
  make_folder(log_);
}

void OsPart::take_over() {
  if (request_.from_scratch) return;
  kept_os_ = find_kept_os(lock_, request_.images);
  if (!kept_os_) return;
  times_.timed("take over", [&] {
    if (!take_over_os(*kept_os_, tree_)) kept_os_.reset();
  });
}

// What must be there for the room, whatever the packages bring; base-files decides on modes where it brings
// them too.
void OsPart::make_system_folders() const {
  make_folder(tree_);
  DiskSink sink(tree_);
  for (const auto* name : {"dev", "etc", "opt", "proc", "run", "sys", "tmp", "usr", "var"}) {
    TreeEntry entry;
    entry.path = name;
    entry.type = EntryType::directory;
    entry.mode = entry.path == "tmp" ? 01777 : 0755;
    sink.add(entry, {});
  }
}

// Of the tree, what is not the lock's environment.
LayerKind OsPart::own_kind() const {
  return lock_.python ? LayerKind::os : LayerKind::tree;
}

void OsPart::open_base() {
  const bool can_own = has_all_ids();
  const TreeOwners owners = unpack_base(*lock_.os->base, *request_.store, tree_, can_own, progress_);
  if (!can_own) owners.write(tree_);
  before_ = record_tree(tree_, part_of_tree(own_kind()));
  // The lock's environment takes its place.
  if (lock_.python) SafeFolder(tree_).remove(environment_prefix);
}

void OsPart::install(const std::vector<fs::path>& debs, const std::function<void()>& meanwhile) {
  if (kept_os_) return;
  const fs::path log = log_ / "configure.log";
  if (lock_.os->base) {
    times_.timed("unpack base", [&] { open_base(); });
    make_system_folders();
    times_.timed("install over base",
                 [&] { install_over_base(*lock_.os, debs, tree_, log, epoch_, progress_); });
    return;
  }
  make_system_folders();
  const fs::path aside = folder_ / "aside";
  make_folder(aside);
  std::vector<UnpackedPackage> packages;
  std::vector<OpenContest> contests;
  times_.timed("unpack", [&] {
    packages = unpack_debs(*lock_.os, debs, tree_, aside, ledger_, progress_,
                           {request_.backwards, request_.kept_forms()});
    contests = settle_by_replaces(packages, ledger_, tree_, aside);
    write_dpkg_database(packages, lock_.os->architecture, tree_);
  });
  meanwhile();
  times_.timed("configure", [&] {
    Configurator configurator(packages, tree_, log, epoch_, progress_);
    configurator.configure([&](bool last) {
      settle_by_diversions(contests, packages, ledger_, tree_, aside);
      if (last) refuse_open_contests(contests, packages);
    });
  });
  fs::remove(aside);
}

void OsPart::make_canonical() {
  if (kept_os_) return;
  if (!lock_.os->base) {
    canonicalise(tree_, epoch_);
    clamp_times(tree_, ledger_, epoch_);
    return;
  }
  // What the base brought stays as it came.
  canonicalise(tree_, epoch_, [&](const std::string& path, const struct stat& info) {
    const auto found = before_.find(path);
    if (found == before_.end()) return false;
    return S_ISDIR(info.st_mode) ? found->second.entry.type == EntryType::directory
                                 : found->second.is_untouched(info);
  });
  changes_ = settle_changes(tree_, before_, part_of_tree(own_kind()), epoch_);
  clamp_folder_time(tree_, epoch_);
}

// What was taken over is canonical, but for the folder that the Python part came into. Its files are those of
// another image too: nothing may be set on them.
void OsPart::settle() {
  make_canonical();
  if (!lock_.python || (!kept_os_ && !lock_.os->base)) return;
  const fs::path environment(environment_prefix);
  clamp_times(tree_ / environment, PathLedger(), epoch_);
  clamp_folder_time(tree_ / environment, epoch_);
  if (!kept_os_) return;
  for (fs::path folder = environment.parent_path(); !folder.empty(); folder = folder.parent_path())
    copy_folder_time(kept_os_->folder / "rootfs" / folder, tree_ / folder);
}

void OsPart::make_layers(ImageContent& content) {
  const bool over_base = lock_.os->base.has_value();
  if (kept_os_) {
    content.layers = kept_os_->layers;
  } else if (over_base && !changes_.empty()) {
    content.layers.push_back(write_os_layer());
  }
  std::vector<LayerKind> kinds;
  if (!over_base && !kept_os_) kinds.push_back(LayerKind::os);
  if (lock_.python) kinds.push_back(over_base ? LayerKind::over_python : LayerKind::python);
  if (over_base) kinds.push_back(LayerKind::tree);
  for (const auto& layer : hash_layers(tree_, kinds, progress_)) {
    if (layer.kind == LayerKind::tree) {
      content.tree = layer;
    } else {
      content.layers.push_back(layer);
    }
  }
}

// Over a base it cannot be told from the tree alone: it is kept.
Layer OsPart::write_os_layer() const {
  const fs::path file = folder_ / os_layer_file;
  const UniqueFd fd = open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0644);
  Layer layer;
  Sha256Hasher hasher;
  write_change_layer(tree_, changes_, [&](std::string_view piece) {
    hasher.update(piece);
    layer.size += piece.size();
    write_all(fd.get(), piece, file.string());
  });
  layer.digest = hasher.finish();
  return layer;
}

}  // namespace mlrepro
