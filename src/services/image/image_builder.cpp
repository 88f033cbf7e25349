#include "services/image/image_builder.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>

#include "adapters/sandbox/room.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "services/image/build_folder.hpp"
#include "services/image/canonicalisation.hpp"
#include "services/image/configurator.hpp"
#include "services/image/deb_unpacker.hpp"
#include "services/image/dpkg_database.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/kept_bytecode.hpp"
#include "services/image/kept_os.hpp"
#include "services/image/layers.hpp"
#include "services/image/path_contests.hpp"
#include "services/image/wheel_installer.hpp"
#include "services/image/wheel_layout.hpp"
#include "standards/oci/image_manifest.hpp"
#include "tree/disk_sink.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view lock_label = "org.mlrepro.lock-id";

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
    if (lock_.os->base) {
      throw Error(ErrorKind::input, "base-image",
                  "the lock's base is the image " + lock_.os->base->reference +
                      ", and packages are not yet installed over an image",
                  "to build, set base = \"essential\" in [os] and lock again");
    }
    require_namespaces();
    epoch_ = lock_.source_date_epoch();
    const auto base = request_.from_scratch ? std::nullopt : find_kept_os(lock_, request_.images);
    if (base) timed("take over", [&] { taken_over_ = take_over_os(*base, tree_); });
    timed("check", [&] { check_blobs(); });
    make_folders();
    const bool sources = has_sources();
    std::future<Modules> wheels;
    if (!taken_over_) {
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
    std::vector<Layer> layers;
    timed("layers", [&] {
      auto kinds = layer_kinds(lock_.python.has_value());
      if (taken_over_) std::erase(kinds, LayerKind::os);
      layers = hash_layers(tree_, kinds, progress_);
      if (taken_over_) layers.insert(layers.begin(), base->layer);
    });
    fs::remove(aside_);
    return describe(layers);
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

  void install_os(const std::function<void()>& meanwhile) {
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
    canonicalise(tree_, epoch_);
    clamp_times(tree_, ledger_, epoch_);
  }

  // What was taken over is canonical, but for the folder that the Python part came into. Its files are those
  // of another image too: nothing may be set on them.
  void make_canonical() {
    if (!taken_over_) return make_os_canonical();
    if (!lock_.python) return;
    const fs::path environment = tree_ / environment_prefix;
    clamp_times(environment, PathLedger(), epoch_);
    for (fs::path folder = environment; folder != tree_; folder = folder.parent_path())
      clamp_folder_time(folder, epoch_);
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
    if (!taken_over_) make_os_canonical();
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
    if (!taken_over_) debs_.resize(lock_.os->packages.size());
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

  // What must be there for the room, whatever the packages bring; base-files decides on modes where it brings
  // them too.
  void make_folders() {
    for (const auto& folder : {aside_, log_}) {
      fs::create_directory(folder);
      fs::permissions(folder, static_cast<fs::perms>(0755));
    }
    if (taken_over_) return;
    fs::create_directory(tree_);
    fs::permissions(tree_, static_cast<fs::perms>(0755));
    DiskSink sink(tree_);
    for (const auto* name : {"dev", "etc", "opt", "proc", "run", "sys", "tmp", "usr", "var"}) {
      TreeEntry entry;
      entry.path = name;
      entry.type = EntryType::directory;
      entry.mode = entry.path == "tmp" ? 01777 : 0755;
      sink.add(entry, {});
    }
  }

  [[nodiscard]] std::vector<std::string> image_environment() const {
    std::map<std::string, std::string> variables{{"LANG", "C.UTF-8"}};
    variables["PATH"] = lock_.python ? environment_search_path : search_path;
    for (const auto& [name, value] : request_.environment)
      variables[name] = value;
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables)
      lines.push_back(name + "=" + value);
    return lines;
  }

  ImageSection describe(const std::vector<Layer>& layers) const {
    const std::string id = lock_.id().tagged();
    oci::Configuration configuration;
    configuration.created = epoch_;
    configuration.architecture = oci::go_architecture(lock_.os->architecture);
    configuration.environment = image_environment();
    configuration.command = {lock_.python ? std::string(environment_python) : std::string("/bin/sh")};
    configuration.labels = {{std::string(lock_label), id}};
    oci::Manifest manifest;
    manifest.annotations = {{std::string(lock_label), id},
                            {"org.opencontainers.image.created", format_rfc3339(epoch_)}};
    ImageSection section;
    section.canonicalisation = canonicalisation_version;
    section.wheels = built_;
    for (const auto& layer : layers) {
      configuration.diff_ids.push_back(layer.digest);
      configuration.history.push_back(
          {epoch_, layer.kind == LayerKind::os ? "mlrepro: operating system" : "mlrepro: Python"});
      manifest.layers.push_back({std::string(oci::layer_type), layer.digest, layer.size});
      section.diff_ids.push_back(layer.digest);
    }
    const std::string config_text = oci::render(configuration);
    section.config_digest = sha256(config_text);
    manifest.config = {std::string(oci::config_type), section.config_digest, config_text.size()};
    const std::string manifest_text = oci::render(manifest);
    section.digest = sha256(manifest_text);
    write_file_atomically(folder_ / "config.json", config_text);
    write_file_atomically(folder_ / "manifest.json", manifest_text);
    return section;
  }

  const Lockfile& lock_;
  const BuildRequest& request_;
  const fs::path& folder_;
  fs::path tree_;
  fs::path aside_;
  fs::path log_;
  Progress& progress_;
  bool taken_over_ = false;  // the operating system, from another image
  std::int64_t epoch_ = 0;
  std::vector<fs::path> debs_;
  std::vector<fs::path> wheels_;
  PythonSection python_;           // the lock's, with a wheel in place of each source
  std::vector<PythonFile> built_;  // of those
  PathLedger ledger_;
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
