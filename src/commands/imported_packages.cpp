#include "commands/imported_packages.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/sorted.hpp"
#include "commands/network.hpp"
#include "documents/lockfile/lock_graph.hpp"
#include "services/resolve/python_pins.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {
namespace {

std::vector<std::string> packages_asked(const Manifest& manifest, const Lockfile& lock) {
  std::vector<std::string> names;
  if (manifest.build.imports_only.empty()) {
    for (const auto& package : lock.python->packages) {
      if (package.requested) names.push_back(package.name);
    }
    return sorted_unique(std::move(names));
  }
  const LockGraph graph(lock);
  for (const auto& name : manifest.build.imports_only) {
    for (const auto package : graph.named(name)) {
      if (graph.packages()[package].ecosystem == Ecosystem::python) names.push_back(name);
    }
  }
  return sorted_unique(std::move(names));
}

// What it leads to, itself too.
std::vector<std::string> python_needs(const LockGraph& graph, const std::string& name) {
  std::vector<std::string> names;
  for (const auto found : graph.find(name)) {
    if (graph.packages()[found].ecosystem != Ecosystem::python) continue;
    for (const auto needed : graph.needs_of(found))
      names.push_back(graph.packages()[needed].name);
  }
  return names;
}

// What failed, and what that needs: where the fault lies is among these.
std::set<std::string> suspects(const Lockfile& lock, const ImportCheck& check) {
  const LockGraph graph(lock);
  std::set<std::string> names;
  for (const auto& outcome : check.outcomes) {
    if (outcome.ok) continue;
    for (auto& name : python_needs(graph, outcome.package))
      names.insert(std::move(name));
  }
  return names;
}

std::optional<PinGap> find_gap(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                               const std::set<std::string>& names, bool offline) {
  Invocation there = invocation;
  there.offline = offline;
  HttpClient client = open_network(there);
  const BlobStore store(invocation.store_path());
  PythonRequest request;
  request.indexes = python_indexes(*manifest.python);
  request.cache = invocation.cache / "metadata";
  const auto source = network_source(request, client, store);
  return gap_in_lock(manifest.python->requirements, lock.python->packages, names, *source);
}

// The pages that the lock was made from are in the cache; only where they are not is the network asked.
std::optional<PinGap> gap_of(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                             const std::set<std::string>& names) {
  if (!manifest.python) return std::nullopt;
  for (const bool offline : {true, false}) {
    if (!offline && invocation.offline) break;
    try {
      return find_gap(invocation, manifest, lock, names, offline);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
    }
  }
  return std::nullopt;
}

// Libraries that wheels take for granted (PEP 600: manylinux) or that Python projects often forget to name,
// and the Debian packages that bring them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> library_packages{{
    {"libGL.so.1", "libgl1"},
    {"libX11.so.6", "libx11-6"},
    {"libXext.so.6", "libxext6"},
    {"libglib-2.0.so.0", "libglib2.0-0"},
    {"libgomp.so.1", "libgomp1"},
    {"libgthread-2.0.so.0", "libglib2.0-0"},
    {"libstdc++.so.6", "libstdc++6"},
}};

std::string hint_of_library(const std::string& error) {
  for (const auto& [library, package] : library_packages) {
    if (error.find(library) != std::string::npos)
      return "add \"" + std::string(package) + "\" to os.packages: it brings " + std::string(library);
  }
  return "add the Debian package that brings this library to os.packages";
}

std::string hint_of(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                    const ImportCheck& check) {
  if (const auto gap = gap_of(invocation, manifest, lock, suspects(lock, check))) {
    const auto day = [](UnixTime time) { return format_rfc3339(time).substr(0, 10); };
    return gap->younger.package + " was uploaded on " + day(gap->younger.time) + ", the pins on " +
           day(gap->pins.time) + " or before (" + gap->pins.package + "): exclude-newer = \"" +
           format_rfc3339(gap->pins.time) +
           "\", or \"pins\", under [environment] takes what was there with them; then run mlrepro lock";
  }
  for (const auto& outcome : check.outcomes) {
    if (outcome.ok) continue;
    if (outcome.error.find("cannot open shared object file") != std::string::npos)
      return hint_of_library(outcome.error);
    if (outcome.error.starts_with("ModuleNotFoundError:"))
      return "add the package that brings this module to python.requirements, where none of the lock does";
  }
  return "the lock resolves, but these versions do not work together: pin others; build.check-imports names "
         "the packages that must be importable";
}

}  // namespace

std::size_t ImportReport::failed_packages() const {
  std::set<std::string> names;
  for (const auto& outcome : check.outcomes) {
    if (!outcome.ok) names.insert(outcome.package);
  }
  return names.size();
}

ImportReport imported_packages(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                               const RealisedImage& image, const std::optional<KeptForms>& kept) {
  ImportReport report;
  if (!manifest.build.check_imports || !lock.python) return report;
  const Stopwatch watch;
  ImportCheckRequest request;
  request.python = &*lock.python;
  request.packages = packages_asked(manifest, lock);
  request.environment = manifest.run.environment;
  request.timeout_seconds = manifest.build.import_timeout;
  request.kept = kept;
  // Asked for where the image is new alone.
  std::optional<LockGraph> graph;
  request.needs = [&](const std::string& name) {
    if (!graph) graph.emplace(lock);
    return python_needs(*graph, name);
  };
  report.asked = true;
  report.check = check_imports(request, image, *invocation.progress);
  if (report.failed_packages() > 0) report.hint = hint_of(invocation, manifest, lock, report.check);
  report.seconds = watch.seconds();
  return report;
}

std::string words_of(const ImportOutcome& outcome) {
  return outcome.package + " " + outcome.version + ": import " + outcome.module + ": " + outcome.error;
}

Json to_json(const ImportCheck& check) {
  Json list = Json::array();
  for (const auto& outcome : check.outcomes) {
    list.push_back({{"package", outcome.package},
                    {"version", outcome.version},
                    {"module", outcome.module.empty() ? Json() : Json(outcome.module)},
                    {"ok", outcome.ok},
                    {"error", outcome.error.empty() ? Json() : Json(outcome.error)},
                    {"seconds", outcome.seconds}});
  }
  return list;
}

}  // namespace mlrepro
