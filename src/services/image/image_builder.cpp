#include "services/image/image_builder.hpp"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "adapters/sandbox/room.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "services/image/base_changes.hpp"
#include "services/image/base_install.hpp"
#include "services/image/base_tree.hpp"
#include "services/image/build_folder.hpp"
#include "services/image/canonicalisation.hpp"
#include "services/image/configurator.hpp"
#include "services/image/deb_unpacker.hpp"
#include "services/image/dpkg_database.hpp"
#include "services/image/image_documents.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/image_layers.hpp"
#include "services/image/kept_bytecode.hpp"
#include "services/image/kept_os.hpp"
#include "services/image/path_contests.hpp"
#include "services/image/wheel_installer.hpp"
#include "services/image/wheel_layout.hpp"
#include "tree/disk_sink.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using Phases = std::vector<std::pair<std::string, double>>;

class Builder {
 public:
  Builder(const BuildRequest& request, const fs::path& folder, Progress& progress)
      : lock_(*request.lock),
        request_(request),
        folder_(folder),
        tree_(folder / "rootfs"),
        aside_(folder / "aside"),
        log_(folder / "log"),
        progress_(progress) {
    if (lock_.python) python_ = *lock_.python;
  }

  // The tree, canonical, in folder/rootfs; manifest.json and config.json beside it.
  ImageSection run() {
    if (!lock_.os) {
      throw Error(ErrorKind::input, "no-os",
                  "this lock has no operating system, so there is no image to build",
                  "add [os] to mlrepro.toml and lock again");
    }
    require_namespaces();
    epoch_ = lock_.source_date_epoch();
    kept_os_ = request_.from_scratch ? std::nullopt : find_kept_os(lock_, request_.images);
    if (kept_os_) {
      timed("take over", [&] {
        if (!take_over_os(*kept_os_, tree_)) kept_os_.reset();
      });
    }
    timed("check", [&] { check_blobs(); });
    make_folder(aside_);
    make_folder(log_);
    if (lock_.os->base && !kept_os_) open_base();
    if (!kept_os_) make_system_folders();
    const bool sources = has_sources();
    std::future<Modules> wheels;
    if (!kept_os_) {
      // dpkg uses one processor, so the wheels are installed meanwhile, beside the tree: no script can see
      // them. Sources need the finished system first.
      install_os([&] {
        if (!sources) wheels = std::async(std::launch::async, [&] { return install(); });
      });
    }
    if (sources) timed("build wheels", [&] { make_wheels(); });
    Modules modules;
    timed("install", [&] { modules = wheels.valid() ? wheels.get() : install(); });
    if (lock_.python) {
      timed("compile", [&] {
        SafeFolder(folder_).rename("python/" + std::string(environment_prefix),
                                   "rootfs/" + std::string(environment_prefix));
        fs::remove_all(folder_ / "python");
        compile(std::move(modules));
      });
    }
    timed("canonicalise", [&] { make_canonical(); });
    ImageContent content{{}, {}, built_, {request_.environment.begin(), request_.environment.end()}};
    timed("layers", [&] { make_layers(content); });
    fs::remove(aside_);
    return write_image_documents(folder_, lock_, *request_.store, std::move(content));
  }

  Phases phases;

 private:
  template <typename Work>
  void timed(const char* name, Work work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    phases.emplace_back(name,
                        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }

  using Modules = std::vector<std::vector<std::string>>;  // of each package: what is compiled

  void open_base() {
    timed("base", [&] {
      unpack_base(*lock_.os->base, *request_.store, tree_, progress_);
      before_ = record_tree(tree_, part_of_tree(os_kind()));
      // The lock's environment takes its place.
      if (lock_.python) SafeFolder(tree_).remove(environment_prefix);
    });
  }

  // Of the tree, what is not the lock's environment.
  [[nodiscard]] LayerKind os_kind() const { return lock_.python ? LayerKind::os : LayerKind::tree; }

  void install_os(const std::function<void()>& meanwhile) {
    if (lock_.os->base) {
      timed("install over base",
            [&] { install_over_base(*lock_.os, debs_, tree_, log_ / "configure.log", epoch_, progress_); });
      return;
    }
    std::vector<UnpackedPackage> packages;
    std::vector<OpenContest> contests;
    timed("unpack", [&] {
      packages =
          unpack_debs(*lock_.os, debs_, tree_, aside_, ledger_, progress_, {request_.backwards, kept()});
      contests = settle_by_replaces(packages, ledger_, tree_, aside_);
      write_dpkg_database(packages, lock_.os->architecture, tree_);
    });
    meanwhile();
    timed("configure", [&] {
      Configurator configurator(packages, tree_, log_ / "configure.log", epoch_, progress_);
      configurator.configure([&](bool last) {
        settle_by_diversions(contests, packages, ledger_, tree_, aside_);
        if (last) refuse_open_contests(contests, packages);
      });
    });
  }

  void make_os_canonical() {
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
    changes_ = settle_changes(tree_, before_, part_of_tree(os_kind()), epoch_);
    clamp_folder_time(tree_, epoch_);
  }

  // What was taken over is canonical, but for the folder that the Python part came into. Its files are those
  // of another image too: nothing may be set on them.
  void make_canonical() {
    if (!kept_os_) make_os_canonical();
    if (!lock_.python || (!kept_os_ && !lock_.os->base)) return;
    const fs::path environment(environment_prefix);
    clamp_times(tree_ / environment, PathLedger(), epoch_);
    clamp_folder_time(tree_ / environment, epoch_);
    if (!kept_os_) return;
    for (fs::path folder = environment.parent_path(); !folder.empty(); folder = folder.parent_path())
      copy_folder_time(kept_os_->folder / "rootfs" / folder, tree_ / folder);
  }

  void make_layers(ImageContent& content) {
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
  Layer write_os_layer() {
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

  Modules install() {
    if (!lock_.python) return {};
    const fs::path root = folder_ / "python";
    fs::create_directory(root);
    return install_wheels(python_, wheels_, tree_, root, progress_);
  }

  void compile(Modules modules) {
    if (kept() == nullptr) return compile_bytecode(python_, modules, tree_, log_, epoch_, progress_, {});
    const KeptBytecode bytecode(*kept(), lock_, tree_);
    const auto& packages = python_.packages;
    run_parallel(modules.size(), [&](std::size_t i) {
      if (!modules[i].empty() && bytecode.lay(packages[i], modules[i])) modules[i].clear();
    });
    compile_bytecode(python_, modules, tree_, log_, epoch_, progress_,
                     [&](std::size_t i) { bytecode.keep(packages[i], modules[i]); });
  }

  // A build from scratch shows what the lock alone gives.
  [[nodiscard]] const KeptForms* kept() const {
    return request_.kept && !request_.from_scratch ? &*request_.kept : nullptr;
  }

  [[nodiscard]] bool has_sources() const {
    return lock_.python && std::any_of(lock_.python->packages.begin(), lock_.python->packages.end(),
                                       [](const auto& package) { return !is_wheel(package.file); });
  }

  // In the tree as it will be in the image, so that nothing of this machine is seen there.
  void make_wheels() {
    if (!kept_os_) make_os_canonical();
    const fs::path scratch = folder_ / "wheels";
    fs::create_directory(scratch);
    const auto files = request_.make_wheels(tree_, scratch);
    for (std::size_t i = 0; i < files.size(); ++i) {
      auto& file = python_.packages[i].file;
      if (!is_wheel(file)) built_.push_back(files[i]);
      file = files[i];
      wheels_[i] = request_.store->get(file.sha256, file.name);
    }
    std::sort(built_.begin(), built_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    fs::remove_all(scratch);
  }

  void check_blobs() {
    if (!kept_os_) debs_.resize(lock_.os->packages.size());
    if (lock_.python) wheels_.resize(lock_.python->packages.size());
    run_parallel(debs_.size() + wheels_.size(), [&](std::size_t i) {
      if (i < debs_.size()) {
        const OsPackage& package = lock_.os->packages[i];
        debs_[i] = request_.store->get(package.sha256, package.name + " " + package.version);
      } else {
        const PythonFile& file = lock_.python->packages[i - debs_.size()].file;
        wheels_[i - debs_.size()] = request_.store->get(file.sha256, file.name);
      }
    });
  }

  static void make_folder(const fs::path& folder) {
    fs::create_directory(folder);
    fs::permissions(folder, static_cast<fs::perms>(0755));
  }

  // What must be there for the room, whatever the packages bring; base-files decides on modes where it brings
  // them too.
  void make_system_folders() {
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

  const Lockfile& lock_;
  const BuildRequest& request_;
  const fs::path& folder_;
  fs::path tree_;
  fs::path aside_;
  fs::path log_;
  Progress& progress_;
  std::optional<KeptOs> kept_os_;  // the operating system, taken over from another image
  std::int64_t epoch_ = 0;
  std::vector<fs::path> debs_;
  std::vector<fs::path> wheels_;
  PythonSection python_;           // the lock's, with a wheel in place of each source
  std::vector<PythonFile> built_;  // of those
  PathLedger ledger_;
  TreeRecords before_;   // of a base, before anything was added
  ChangeLayer changes_;  // what was
};

}  // namespace

std::optional<RealisedImage> find_image(const Lockfile& lock, const fs::path& images) {
  if (!lock.image) return std::nullopt;
  const fs::path folder = images / lock.image->digest.hex();
  if (!is_complete_image(folder)) return std::nullopt;
  const auto manifest = read_image_manifest(folder, lock.image->digest);
  if (!manifest) return std::nullopt;
  // A lock may have been edited since it was built.
  const auto& annotations = manifest->annotations;
  const auto built_from = annotations.find(std::string(lock_label));
  if (built_from == annotations.end() || built_from->second != lock.id().tagged()) return std::nullopt;
  return RealisedImage{*lock.image, folder / "rootfs", folder, true, {}};
}

RealisedImage build_image(const BuildRequest& request, Progress& progress) {
  BuildFolder folder(request.images);
  Builder builder(request, folder.path(), progress);
  RealisedImage image;
  image.section = builder.run();
  const auto start = std::chrono::steady_clock::now();
  image.folder = folder.commit(image.section.digest);
  image.rootfs = image.folder / "rootfs";
  note_kept_os(*request.lock, request.images, image.section.digest);
  image.phases = builder.phases;
  image.phases.emplace_back("sync",
                            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return image;
}

std::string differing_wheel(const ImageSection& locked, const ImageSection& built) {
  for (const auto& wheel : built.wheels) {
    const auto before = std::find_if(locked.wheels.begin(), locked.wheels.end(),
                                     [&](const auto& each) { return each.name == wheel.name; });
    if (before == locked.wheels.end() || before->sha256 != wheel.sha256) return wheel.name;
  }
  return {};
}

ImageSection rebuild_digest(const BuildRequest& request, Progress& progress,
                            const std::function<void(const fs::path& tree)>& look) {
  const BuildFolder folder(request.images);
  BuildRequest alone = request;
  alone.from_scratch = true;
  ImageSection section = Builder(alone, folder.path(), progress).run();
  if (look) look(folder.path() / "rootfs");
  return section;
}

}  // namespace mlrepro
