#include "services/image/image_builder.hpp"

#include <algorithm>
#include <future>

#include "adapters/sandbox/room.hpp"
#include "adapters/sandbox/user_namespace.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "services/image/build_folder.hpp"
#include "services/image/image_documents.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/image_layers.hpp"
#include "services/image/kept_bytecode.hpp"
#include "services/image/os_part.hpp"
#include "services/image/wheel_installer.hpp"
#include "services/image/wheel_layout.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

class Builder {
 public:
  Builder(const BuildRequest& request, const fs::path& folder, Progress& progress)
      : lock_(*request.lock),
        request_(request),
        folder_(folder),
        tree_(folder / "rootfs"),
        log_(folder / "log"),
        epoch_(lock_.source_date_epoch()),
        progress_(progress),
        os_(request, folder, times, progress) {
    if (lock_.python) python_ = *lock_.python;
  }

  // The tree, canonical, in folder/rootfs; manifest.json and config.json beside it.
  ImageSection run() {
    require_builder(lock_);
    os_.take_over();
    times.timed("check", [&] { check_blobs(); });
    const bool sources = has_sources();
    std::future<Modules> wheels;
    // dpkg uses one processor, so the wheels are installed meanwhile, beside the tree: no script can see
    // them. Sources need the finished system first.
    os_.install(debs_, [&] {
      if (!sources) wheels = std::async(std::launch::async, [&] { return install(); });
    });
    if (sources) times.timed("build wheels", [&] { make_wheels(); });
    Modules modules;
    times.timed("install", [&] { modules = wheels.valid() ? wheels.get() : install(); });
    if (lock_.python) {
      times.timed("compile", [&] {
        SafeFolder(folder_).rename("python/" + std::string(environment_prefix),
                                   "rootfs/" + std::string(environment_prefix));
        fs::remove_all(folder_ / "python");
        compile(std::move(modules));
      });
    }
    times.timed("canonicalise", [&] { os_.settle(); });
    ImageContent content{{}, {}, built_, {request_.environment.begin(), request_.environment.end()}};
    times.timed("layers", [&] { os_.make_layers(content); });
    return write_image_documents(folder_, lock_, *request_.store, std::move(content));
  }

  PhaseTimes times;

 private:
  using Modules = std::vector<std::vector<std::string>>;  // of each package: what is compiled

  Modules install() {
    if (!lock_.python) return {};
    const fs::path root = folder_ / "python";
    fs::create_directory(root);
    return install_wheels(python_, wheels_, tree_, root, progress_);
  }

  void compile(Modules modules) {
    const KeptForms* kept = request_.kept_forms();
    if (kept == nullptr) return compile_bytecode(python_, modules, tree_, log_, epoch_, progress_, {});
    const KeptBytecode bytecode(*kept, lock_, tree_);
    const auto& packages = python_.packages;
    run_parallel(modules.size(), [&](std::size_t i) {
      if (!modules[i].empty() && bytecode.lay(packages[i], modules[i])) modules[i].clear();
    });
    compile_bytecode(python_, modules, tree_, log_, epoch_, progress_,
                     [&](std::size_t i) { bytecode.keep(packages[i], modules[i]); });
  }

  [[nodiscard]] bool has_sources() const {
    return lock_.python && std::any_of(lock_.python->packages.begin(), lock_.python->packages.end(),
                                       [](const auto& package) { return !is_wheel(package.file); });
  }

  // In the tree as it will be in the image, so that nothing of this machine is seen there.
  void make_wheels() {
    os_.make_canonical();
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
    if (!os_.is_taken_over()) debs_.resize(lock_.os->packages.size());
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

  const Lockfile& lock_;
  const BuildRequest& request_;
  const fs::path& folder_;
  fs::path tree_;
  fs::path log_;
  std::int64_t epoch_;
  Progress& progress_;
  OsPart os_;
  std::vector<fs::path> debs_;
  std::vector<fs::path> wheels_;
  PythonSection python_;           // the lock's, with a wheel in place of each source
  std::vector<PythonFile> built_;  // of those
};

}  // namespace

void require_builder(const Lockfile& lock) {
  require_namespaces();
  const bool scripts = lock.os && !(lock.os->base && lock.os->packages.empty());
  if (scripts) require_all_ids();
}

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
  builder.times.timed("sync", [&] { image.folder = folder.commit(image.section.digest); });
  image.rootfs = image.folder / "rootfs";
  note_kept_os(*request.lock, request.images, image.section.digest);
  image.phases = builder.times.phases;
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
