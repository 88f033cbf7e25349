#include "services/python_build/source_builds.hpp"

#include <algorithm>
#include <tuple>
#include <variant>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "services/resolve/conflict.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr int memory_version = 1;  // of what remembered() keeps
constexpr std::uint64_t most_memory = std::uint64_t{16} << 20;

std::string shown(const SourceFile& source) {
  return source.version.empty() ? source.name : source.name + " " + source.version;
}

SourceFile source_of(const PythonPackage& package) {
  return {package.name, package.version, package.file,
          package.origin ? package.origin->subdirectory : std::string()};
}

std::string key_of(const SourceFile& source) {
  return source.name + " " + source.version + " " + source.file.sha256.hex();
}

Json to_json(const python::CoreMetadata& metadata) {
  return {{"metadata_version", metadata.metadata_version},
          {"name", metadata.name},
          {"version", metadata.version.str()},
          {"requires_dist", metadata.requires_dist},
          {"requires_python", metadata.requires_python ? Json(*metadata.requires_python) : Json()},
          {"provides_extra", metadata.provides_extra}};
}

python::CoreMetadata metadata_from(const Json& json) {
  python::CoreMetadata out;
  out.metadata_version = json.at("metadata_version").get<std::string>();
  out.name = json.at("name").get<std::string>();
  out.version = python::Version::parse(json.at("version").get<std::string>()).value();
  out.requires_dist = json.at("requires_dist").get<std::vector<std::string>>();
  if (json.at("requires_python").is_string())
    out.requires_python = json.at("requires_python").get<std::string>();
  out.provides_extra = json.at("provides_extra").get<std::vector<std::string>>();
  return out;
}

// A name is in `open` while its build is being found out.
template <typename Stack>
class Entered {
 public:
  Entered(Stack& stack, typename Stack::value_type entry) : stack_(stack) {
    stack_.push_back(std::move(entry));
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() { stack_.pop_back(); }

 private:
  Stack& stack_;
};

}  // namespace

SourceBuilds::SourceBuilds(SourceBuildsOptions options, HttpClient& client, const BlobStore& store,
                           Progress& progress)
    : options_(std::move(options)), client_(client), store_(store), progress_(progress) {
  options_.request.sources = this;
  options_.request.requirements.clear();
  options_.request.constraints.clear();
  options_.request.overrides.clear();
  options_.request.hashes.clear();
  options_.request.preferred.clear();
  options_.request.requires_python.reset();
  options_.request.exclude_newer_than_pins = false;
  exclude_newer_ = options_.request.exclude_newer;
}

SourceBuilds::~SourceBuilds() = default;

std::optional<python::CoreMetadata> SourceBuilds::metadata(const SourceFile& source) {
  auto known = read_source_metadata({source.file, source.subdirectory}, store_);
  if (!known.metadata) return std::nullopt;
  const auto& said = *known.metadata;
  const bool checkout = source.file.name.ends_with(".tar");
  const auto named = python::SdistName::parse(source.file.name, said.name);
  if (!checkout && (!named || named->version != said.version)) {
    throw Error(ErrorKind::input, "bad-sdist",
                source.file.name + " cannot be used: it is " + said.name + " " + said.version.str() +
                    " by what it says of itself");
  }
  return known.metadata;
}

python::CoreMetadata SourceBuilds::built_metadata(const SourceFile& source,
                                                  std::optional<UnixTime> exclude_newer) {
  if (!options_.cannot_build.empty()) {
    throw Error(ErrorKind::input, "cannot-build",
                "only a build tells what " + shown(source) + " requires, and " + options_.cannot_build,
                "use versions that have wheels, or name it under python.no-build");
  }
  exclude_newer_ = exclude_newer;
  const PythonBuild build = build_of(source);
  const Json answer = remembered("metadata", source, build,
                                 [&] { return to_json(builder().metadata(task_of(source, build))); });
  return metadata_from(answer);
}

PythonBuild SourceBuilds::build_of(const SourceFile& source) {
  const std::string key = key_of(source);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  std::vector<std::string> way;
  for (const auto& open : open_) {
    if (!way.empty() || open.sha256 == source.file.sha256) way.push_back(open.what);
  }
  if (!way.empty()) {
    way.push_back(shown(source));
    throw Error(ErrorKind::input, "build-cycle",
                "to build " + shown(source) + " it would have to be built first: " + join(way, " needs "),
                "let one of them come as a wheel: take it out of python.no-binary");
  }
  const Entered guard(open_, Open{shown(source), source.file.sha256});

  const auto system = read_source_metadata({source.file, source.subdirectory}, store_).build_system;
  PythonBuild build;
  build.name = source.name;
  build.version = source.version;
  build.source = source.file.sha256;
  build.backend = system.backend;
  build.backend_path = system.backend_path;
  build.requires_ = sorted_unique(system.requires_);
  std::map<std::string, std::string> preferred;
  for (const auto& before : options_.before) {
    if (before.name != source.name) continue;
    for (const auto& package : before.packages)
      preferred[package.name] = package.version;
  }
  build.packages = environment(shown(source), build.requires_, preferred);
  if (options_.cannot_build.empty()) {
    const auto more = asked_by_backend(source, build);
    auto all = build.requires_;
    all.insert(all.end(), more.begin(), more.end());
    all = sorted_unique(std::move(all));
    if (all != build.requires_) {
      build.requires_ = std::move(all);
      // What the backend was asked with stays, so that it would answer the same.
      for (const auto& package : build.packages)
        preferred.insert({package.name, package.version});
      build.packages = environment(shown(source), build.requires_, preferred);
    }
  }
  return known_[key] = build;
}

std::vector<PythonPackage> SourceBuilds::environment(const std::string& what,
                                                     const std::vector<std::string>& requires_,
                                                     const std::map<std::string, std::string>& preferred) {
  std::string key = join(requires_, "\n");
  for (const auto& [name, version] : preferred)
    key += "\n" + name + " " + version;
  if (const auto known = environments_.find(key); known != environments_.end()) return known->second;
  PythonRequest request = options_.request;
  request.requirements = requires_;
  request.preferred = preferred;
  request.exclude_newer = exclude_newer_;
  if (!index_) index_ = network_source(options_.request, client_, store_);
  NoProgress quiet;  // the manifest says nothing of these packages
  auto answer = resolve_python(request, *index_, quiet);
  if (const auto* conflict = std::get_if<Conflict>(&answer)) {
    throw Error(ErrorKind::input, "build-conflict",
                "the build requirements of " + what + " cannot be met: " + describe(*conflict),
                "use a version that has a wheel");
  }
  auto& solution = std::get<PythonSolution>(answer);
  options_.fetch(solution);
  return environments_[key] = std::move(solution.packages);
}

std::vector<std::string> SourceBuilds::asked_by_backend(const SourceFile& source, const PythonBuild& build) {
  return remembered("requires", source, build,
                    [&] { return Json(builder().requirements(task_of(source, build))); })
      .get<std::vector<std::string>>();
}

std::vector<PythonPackage> SourceBuilds::as_wheels(const std::vector<PythonPackage>& packages) {
  std::vector<PythonPackage> wheels = packages;
  for (auto& package : wheels) {
    if (is_wheel(package.file)) continue;
    const SourceFile source = source_of(package);
    const PythonBuild build = build_of(source);
    const Json made = remembered("wheel", source, build, [&] {
      const PythonFile wheel = builder().wheel(task_of(source, build));
      return Json{{"name", wheel.name}, {"size", wheel.size}, {"sha256", wheel.sha256.hex()}};
    });
    package.file = {made.at("name").get<std::string>(), made.at("size").get<std::uint64_t>(),
                    Sha256::parse(made.at("sha256").get<std::string>()).value()};
  }
  return wheels;
}

BuildTask SourceBuilds::task_of(const SourceFile& source, const PythonBuild& build) {
  BuildTask task;
  task.name = source.name;
  task.version = source.version;
  task.source = {source.file, source.subdirectory};
  task.build_system = {build.requires_, build.backend, build.backend_path};
  task.packages = as_wheels(build.packages);
  return task;
}

const WheelBuilder& SourceBuilds::builder() {
  if (builder_) return *builder_;
  const fs::path tree = options_.tree();
  scratch_.emplace(options_.images);
  builder_.emplace(
      BuildPlace{tree, scratch_->path(), options_.request.interpreter, options_.source_date_epoch}, store_,
      progress_);
  return *builder_;
}

Json SourceBuilds::remembered(const std::string& question, const SourceFile& source, const PythonBuild& build,
                              const std::function<Json()>& make) {
  Json inputs = {{"memory", memory_version},
                 {"question", question},
                 {"name", source.name},
                 {"version", source.version},
                 {"source", source.file.sha256.hex()},
                 {"subdirectory", source.subdirectory},
                 {"backend", build.backend},
                 {"backend_path", build.backend_path},
                 {"tree", options_.tree_digest.hex()},
                 {"epoch", options_.source_date_epoch},
                 {"packages", Json::array()}};
  for (const auto& package : build.packages)
    inputs["packages"].push_back(package.name + " " + package.file.sha256.hex());
  const fs::path file = options_.request.cache / ("built-" + sha256(canonical_json(inputs)).hex());
  std::error_code ignored;
  if (fs::is_regular_file(file, ignored)) {
    try {
      Json answer = parse_json(read_file(file, most_memory), file.string());
      // A wheel that the store lost is made again.
      const bool lost = question == "wheel" &&
                        !store_.contains(Sha256::parse(answer.at("sha256").get<std::string>()).value());
      if (!lost) return answer;
    } catch (const Error&) {
      // What was kept is damaged: ask again.
    } catch (const Json::exception&) {
    }
  }
  Json answer = make();
  write_file_atomically(file, pretty_json(answer));
  return answer;
}

void SourceBuilds::collect(const std::vector<PythonPackage>& packages,
                           std::map<std::string, PythonBuild>& out) {
  for (const auto& package : packages) {
    if (is_wheel(package.file)) continue;
    const SourceFile source = source_of(package);
    const std::string key = key_of(source);
    if (out.contains(key)) continue;
    const PythonBuild& build = out[key] = build_of(source);
    const Entered guard(open_, Open{shown(source), source.file.sha256});
    collect(build.packages, out);
  }
}

std::vector<PythonBuild> SourceBuilds::builds(const std::vector<PythonPackage>& packages,
                                              std::optional<UnixTime> exclude_newer) {
  exclude_newer_ = exclude_newer;
  std::map<std::string, PythonBuild> found;
  collect(packages, found);
  std::vector<PythonBuild> out;
  for (auto& [key, build] : found)
    out.push_back(std::move(build));
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.version, a.source) < std::tie(b.name, b.version, b.source);
  });
  return out;
}

}  // namespace mlrepro
