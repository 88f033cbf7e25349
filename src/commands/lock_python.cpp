#include "commands/lock_python.hpp"

#include <algorithm>
#include <variant>

#include "base/error.hpp"
#include "base/text.hpp"
#include "commands/direct_sources.hpp"
#include "commands/os_tree.hpp"
#include "services/fetch/fetcher.hpp"
#include "services/image/kept_os.hpp"
#include "services/python_build/source_builds.hpp"
#include "services/resolve/python_resolver.hpp"
#include "standards/python/minor_version.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace {

// python.version with [os] says which of its packages it is: "3.11", or the whole of "3.11.2".
Conflict other_interpreter(const std::string& wanted, const std::optional<PythonInterpreter>& there) {
  const std::string has = there ? there->package + " " + there->version : "no package python" + wanted;
  const std::string minor = there ? there->package : "python" + wanted;
  return {{{"python.version is " + wanted + ", but os.packages bring " + has,
            {{"mlrepro.toml", "python.version = \"" + wanted + "\"", has}},
            there ? "leave python.version out, add another python3.N to os.packages, or choose an os.suite "
                    "that has it"
                  : "add \"" + minor + "\" to os.packages where os.suite has it"}}};
}

std::variant<PythonInterpreter, Conflict> interpreter(const Manifest& manifest, const Lockfile& lock) {
  if (!lock.os) {
    // No OS part: the interpreter is named, and wheels are judged against the oldest glibc of a living
    // Debian.
    return PythonInterpreter{"", *manifest.python->version, "cpython", "glibc 2.31", {}};
  }
  const auto installed = lock.os->installed();
  const auto usual = interpreter_of(installed);
  if (const auto& wanted = manifest.python->version) {
    const std::string minor = python::minor_of(*wanted);
    const auto named = interpreter_of(installed, minor);
    if (named && (*wanted == minor || *wanted == named->version)) return *named;
    return other_interpreter(*wanted, named ? named : usual);
  }
  if (usual) return *usual;
  throw Error(ErrorKind::input, "no-interpreter", "[python] asks for packages, but [os] brings no python3",
              "add \"python3\" to os.packages");
}

// What a pylock.toml was made for must be what this target is (PEP 751: environments, requires-python).
std::optional<Conflict> outside_of_pylocks(const PythonConfig& python, const PythonInterpreter& interpreter,
                                           const std::string& machine) {
  const auto environment = python::linux_cpython(interpreter.version, machine);
  const std::string here = "CPython " + interpreter.version + " on " + machine;
  for (const auto& pylock : python.pylocks) {
    const auto holds = [&](const std::string& text) {
      const auto marker = python::Marker::parse(text);
      return marker && marker->evaluate(environment);
    };
    if (!pylock.environments.empty() &&
        std::none_of(pylock.environments.begin(), pylock.environments.end(), holds)) {
      return Conflict{{{pylock.file + " was made for other environments than " + here,
                        {{pylock.file, join(pylock.environments, ", or "), here}},
                        "make it again for this target, or choose a target that it is for"}}};
    }
    const auto bounds = python::SpecifierSet::parse(pylock.requires_python.value_or(""));
    const auto version = python::Version::parse(interpreter.version);
    if (bounds && version && !bounds->contains(*version)) {
      const std::string wants = "Python " + *pylock.requires_python;
      return Conflict{{{pylock.file + " requires " + wants + ", but the environment has " + here,
                        {{pylock.file, wants, here}},
                        "make it again for this interpreter, or choose another"}}};
    }
  }
  return std::nullopt;
}

// Empty: sources can be built while locking.
std::string why_no_builds(const Lockfile& lock) {
  if (!lock.os) return "sources are built in the locked operating system: add [os] to mlrepro.toml";
  if (lock.os->architecture != host_architecture()) {
    return "this machine is linux/" + host_architecture() + ", where linux/" + lock.os->architecture +
           " cannot build: lock on one of that architecture";
  }
  return {};
}

SourceBuildsOptions builds_options(const Invocation& invocation, const Manifest& manifest,
                                   const std::optional<Lockfile>& before, const Upgrades& upgrades,
                                   HttpClient& client, const BlobStore& store, const Lockfile& lock,
                                   const PythonRequest& request) {
  SourceBuildsOptions options;
  options.request = request;
  options.cannot_build = why_no_builds(lock);
  if (before && before->python) {
    for (PythonBuild build : before->python->builds) {
      std::erase_if(build.packages, [&](const auto& package) { return upgrades.moves(package.name); });
      options.before.push_back(std::move(build));
    }
  }
  options.tree = [&] { return realised_os(invocation, manifest, *lock.os, client, store); };
  options.tree_is_ready = [&] { return is_realised(invocation, *lock.os); };
  if (lock.os) options.tree_digest = os_alone(*lock.os).id();
  options.images = invocation.images_path();
  options.source_date_epoch = lock.source_date_epoch();
  options.fetch = [&](const PythonSolution& solution) {
    std::vector<FetchItem> items;
    for (const auto& package : solution.packages) {
      const auto& file = package.file;
      const auto url = solution.urls.find(file.name);
      if (url != solution.urls.end() && !store.contains(file.sha256, file.size))
        items.push_back({file.name, {url->second}, file.sha256, file.size});
    }
    if (!items.empty()) fetch_all(items, client, store, *invocation.progress);
  };
  return options;
}

PythonRequest request_of(const Invocation& invocation, const Manifest& manifest,
                         const std::optional<Lockfile>& before, const Upgrades& upgrades,
                         const PythonSection* sibling, const Lockfile& lock) {
  const PythonConfig& python = *manifest.python;
  PythonRequest request;
  request.requirements = python.requirements;
  request.constraints = python.constraints;
  request.overrides = python.overrides;
  request.hashes = python.hashes;
  request.requires_python = python.requires_python;
  request.machine = lock.machine();
  if (lock.os) request.ground = ground_of(lock.os->suite, lock.os->installed());
  request.indexes = python_indexes(python);
  request.find_links = find_links_of(manifest);
  request.prereleases = python.prereleases;
  request.exclude_newer = manifest.exclude_newer;
  request.exclude_newer_than_pins = manifest.exclude_newer_than_pins;
  for (const auto& name : upgrades.packages)
    request.moving.insert(python::normalise_name(name));
  if (sibling != nullptr) {
    for (const auto& package : sibling->packages)
      request.preferred[package.name] = package.version;
  }
  if (before && before->python) {
    for (const auto& package : before->python->packages) {
      if (!upgrades.moves(package.name)) request.preferred[package.name] = package.version;
    }
  }
  request.cache = invocation.cache / "metadata";
  request.no_build = python.no_build;
  request.no_binary = python.no_binary;
  return request;
}

}  // namespace

std::optional<Conflict> lock_python(const Invocation& invocation, const Manifest& manifest,
                                    const std::optional<Lockfile>& before, const Upgrades& upgrades,
                                    HttpClient& client, const BlobStore& store, const PythonSection* sibling,
                                    Lockfile& lock) {
  auto known = interpreter(manifest, lock);
  if (auto* conflict = std::get_if<Conflict>(&known)) return std::move(*conflict);
  auto& here = std::get<PythonInterpreter>(known);
  if (auto conflict = outside_of_pylocks(*manifest.python, here, lock.machine())) return conflict;
  PythonRequest request = request_of(invocation, manifest, before, upgrades, sibling, lock);
  request.interpreter = std::move(here);
  SourceBuilds built(builds_options(invocation, manifest, before, upgrades, client, store, lock, request),
                     client, store, *invocation.progress);
  request.sources = &built;
  const SourceStore sources = source_store(invocation, manifest, client, store);
  const auto moving = upgrades.all ? std::nullopt : std::optional(upgrades.packages);
  if (auto conflict = bring_direct_packages(sources, store, before, moving, request)) return conflict;
  auto answer = resolve_python(request, client, store, *invocation.progress);
  if (auto* conflict = std::get_if<Conflict>(&answer)) return std::move(*conflict);
  auto& solution = std::get<PythonSolution>(answer);
  lock.python = PythonSection{std::move(solution.interpreter), std::move(solution.packages),
                              std::move(solution.builds)};
  return std::nullopt;
}

}  // namespace mlrepro
