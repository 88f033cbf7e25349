#include "services/python_build/locked_wheels.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/parallel.hpp"

namespace mlrepro {
namespace {

using Key = std::pair<std::string, Sha256>;  // name and source

struct Source {
  const PythonPackage* package = nullptr;
  const PythonBuild* build = nullptr;
  std::optional<PythonFile> wheel;
};

class Maker {
 public:
  Maker(const PythonSection& section, const BuildPlace& place, const BlobStore& store, Progress& progress)
      : section_(section), builder_(place, store, progress), progress_(progress) {}

  std::vector<PythonFile> run() {
    add(section_.packages);
    for (const auto& build : section_.builds)
      add(build.packages);
    while (make_ready()) {
    }
    for (const auto& [key, source] : sources_) {
      if (source.wheel) continue;
      throw Error(ErrorKind::input, "bad-lock",
                  "the lock cannot be built: the build of " + key.first + " needs itself to be built first");
    }
    progress_.finish("build wheels");
    std::vector<PythonFile> files;
    for (const auto& package : section_.packages)
      files.push_back(wheel_of(package));
    return files;
  }

 private:
  void add(const std::vector<PythonPackage>& packages) {
    for (const auto& package : packages) {
      if (is_wheel(package.file)) continue;
      Source& source = sources_[{package.name, package.file.sha256}];
      source.package = &package;
      const auto build = std::find_if(section_.builds.begin(), section_.builds.end(), [&](const auto& each) {
        return each.name == package.name && each.source == package.file.sha256;
      });
      if (build == section_.builds.end()) {
        throw Error(ErrorKind::input, "bad-lock",
                    "the lock has " + package.file.name + ", but does not say how it is built",
                    "run mlrepro lock --upgrade-package " + package.name);
      }
      source.build = &*build;
    }
  }

  [[nodiscard]] bool is_ready(const PythonPackage& package) const {
    return is_wheel(package.file) || sources_.at({package.name, package.file.sha256}).wheel;
  }
  [[nodiscard]] const PythonFile& wheel_of(const PythonPackage& package) const {
    return is_wheel(package.file) ? package.file : *sources_.at({package.name, package.file.sha256}).wheel;
  }

  // Makes what needs nothing that is still to be made; whether there was any.
  bool make_ready() {
    std::vector<Source*> ready;
    for (auto& [key, source] : sources_) {
      const auto& needed = source.build->packages;
      if (!source.wheel &&
          std::all_of(needed.begin(), needed.end(), [&](const auto& package) { return is_ready(package); })) {
        ready.push_back(&source);
      }
    }
    std::vector<PythonFile> made(ready.size());
    run_parallel(ready.size(), [&](std::size_t i) {
      made[i] = builder_.wheel(task_of(*ready[i]));
      progress_.update("build wheels", ++done_, sources_.size(), Unit::items);
    });
    for (std::size_t i = 0; i < ready.size(); ++i)
      ready[i]->wheel = std::move(made[i]);
    return !ready.empty();
  }

  [[nodiscard]] BuildTask task_of(const Source& source) const {
    BuildTask task;
    task.name = source.package->name;
    task.version = source.package->version;
    task.source = archive_of(*source.package);
    task.build_system = {source.build->requires_, source.build->backend, source.build->backend_path};
    task.packages = source.build->packages;
    for (auto& package : task.packages)
      package.file = wheel_of(package);
    return task;
  }

  const PythonSection& section_;
  WheelBuilder builder_;
  Progress& progress_;
  std::map<Key, Source> sources_;
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace

std::vector<PythonFile> make_locked_wheels(const PythonSection& section, const BuildPlace& place,
                                           const BlobStore& store, Progress& progress) {
  return Maker(section, place, store, progress).run();
}

}  // namespace mlrepro
