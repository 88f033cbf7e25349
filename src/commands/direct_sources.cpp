#include "commands/direct_sources.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "services/provenance/data_state.hpp"
#include "services/python_build/source_metadata.hpp"
#include "services/sources/direct_closure.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace {

using python::DirectRequirement;
using python::DirectUrl;

std::vector<const std::vector<std::string>*> lists_of(const PythonRequest& request) {
  return {&request.requirements, &request.constraints, &request.overrides};
}

// Canonical URL -> what the lock has for it.
std::map<std::string, LockedSource> locked_sources(const Lockfile& lock,
                                                   const std::set<std::string>& moving) {
  std::vector<std::string> lines;
  const auto python = lock.inputs.find("python");
  for (const char* key : {"requirements", "constraints", "overrides"}) {
    if (python == lock.inputs.end() || !python->contains(key)) continue;
    for (const auto& line : (*python)[key])
      lines.push_back(line.get<std::string>());
  }
  for (const auto& package : lock.python->packages)
    lines.insert(lines.end(), package.requires_.begin(), package.requires_.end());
  std::map<std::string, LockedSource> out;
  for (const auto& line : lines) {
    std::string why;
    if (!python::is_direct(line)) continue;
    const auto wanted = DirectRequirement::parse(line, why);
    if (!wanted) continue;
    const std::string url = python::without_userinfo(wanted->url.url);
    for (const auto& package : lock.python->packages) {
      if (!package.origin || moving.contains(package.name)) continue;
      const PythonOrigin& origin = *package.origin;
      if ((!wanted->name.empty() && wanted->name != package.name) ||
          origin.subdirectory != wanted->url.subdirectory)
        continue;
      if (origin.vcs && wanted->url.kind == DirectUrl::Kind::git && origin.vcs->url == url)
        out[wanted->url.str()] = {origin.vcs->commit, std::nullopt, origin.described};
      if (!origin.url.empty() && wanted->url.kind == DirectUrl::Kind::archive && origin.url == url)
        out[wanted->url.str()] = {"", package.file, ""};
    }
  }
  return out;
}

ReadSource reader_of(const PythonRequest& request, const BlobStore& store) {
  return [&request, &store](const std::string& name, const PythonFile& file, const PythonOrigin& origin) {
    // The file may be named as it likes here: what it says of itself counts.
    auto said = read_source_metadata({file, origin.subdirectory}, store);
    if (said.metadata) return std::move(*said.metadata);
    const std::string no =
        request.sources == nullptr ? "nothing is built here" : request.sources->cannot_build();
    if (!no.empty()) {
      throw Error(
          ErrorKind::input, "needs-build",
          (name.empty() ? file.name : name) + " says what it requires only when it is built, and " + no,
          "declare name, version and dependencies in its pyproject.toml (PEP 621)");
    }
    return request.sources
        ->built_metadata({{name, "", file, origin.subdirectory, origin.described}}, {}, request.exclude_newer)
        .front();
  };
}

Conflict conflict_of(const DirectClash& clash) {
  const std::string first = clash.name + " @ " + clash.url;
  const std::string second = clash.name + " @ " + clash.other_url;
  return {{{clash.from + " requires " + first + ", but " + clash.other_from + " requires " + second +
                ": one project cannot come from two places",
            {{clash.from, first, clash.name}, {clash.other_from, second, clash.name}},
            "name one of them under python.overrides"}}};
}

}  // namespace

SourceStore source_store(const Invocation& invocation, const Manifest& manifest, HttpClient& client,
                         const BlobStore& store) {
  const auto leave_out = [outputs = manifest.outputs.paths, data = manifest.data](const std::string& path) {
    return std::any_of(outputs.begin(), outputs.end(),
                       [&](const auto& pattern) { return matches_glob(pattern, path); }) ||
           std::any_of(data.begin(), data.end(), [&](const auto& set) {
             return path == set || path.starts_with(set.ends_with('/') ? set : set + "/");
           });
  };
  return {manifest.folder, invocation.cache / "git", invocation.offline, client,
          store,           *invocation.progress,     leave_out};
}

std::vector<std::string> find_links_of(const Manifest& manifest) {
  std::vector<std::string> places;
  for (const auto& place : manifest.python ? manifest.python->find_links : std::vector<std::string>()) {
    const bool url = place.starts_with("http://") || place.starts_with("https://");
    places.push_back(url ? place : (manifest.folder / place).lexically_normal().string());
  }
  return places;
}

std::optional<Conflict> bring_direct_packages(const SourceStore& sources, const BlobStore& store,
                                              const std::optional<Lockfile>& before,
                                              const std::optional<std::set<std::string>>& moving,
                                              PythonRequest& request) {
  DirectWish wish;
  bool any = false;
  for (const auto* list : lists_of(request)) {
    for (const auto& line : *list)
      any = any || python::is_direct(line);
    wish.lines.insert(wish.lines.end(), list->begin(), list->end());
  }
  if (!any) return std::nullopt;
  wish.environment = python::linux_cpython(request.interpreter.version, request.machine);
  if (before && before->python && moving) wish.locked = locked_sources(*before, *moving);
  DirectClosure closure = bring_direct(wish, sources, store, reader_of(request, store));
  if (closure.clash) return conflict_of(*closure.clash);
  request.direct = std::move(closure.packages);
  for (auto* list : {&request.requirements, &request.constraints, &request.overrides}) {
    std::vector<std::string> named;
    for (const auto& line : *list) {
      const auto found = closure.lines.find(line);
      if (found != closure.lines.end()) {
        // Another spelling of the same place.
        auto requirement = python::Requirement::parse(found->second);
        const auto direct = request.direct.find(requirement->name);
        if (direct != request.direct.end()) requirement->url = direct->second.url;
        named.push_back(requirement->str());
      } else if (!python::is_direct(line)) {
        named.push_back(line);
      }
    }
    *list = std::move(named);
  }
  return std::nullopt;
}

std::vector<Drift> local_drift(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock) {
  std::vector<Drift> drifts;
  std::vector<PythonPackage> packages;
  for (const auto& target : lock.views()) {
    if (*target.python)
      packages.insert(packages.end(), (*target.python)->packages.begin(), (*target.python)->packages.end());
  }
  std::set<std::string> seen;  // targets share them
  std::erase_if(packages, [&](const auto& package) {
    return !package.origin || package.origin->path.empty() || !seen.insert(package.origin->path).second;
  });
  if (packages.empty()) return drifts;
  HttpClient client(true);
  const BlobStore store(invocation.store_path());
  const SourceStore sources = source_store(invocation, manifest, client, store);
  for (const auto& package : packages) {
    if (const auto difference = sources.changed(package))
      drifts.push_back({"python.packages", package.name + ": " + *difference});
  }
  return drifts;
}

std::vector<Drift> every_drift(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock) {
  auto drifts = drift_of(lock, manifest.normalised());
  for (auto& drift : local_drift(invocation, manifest, lock))
    drifts.push_back(std::move(drift));
  return drifts;
}

void refuse_drift(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock) {
  const auto drifts = every_drift(invocation, manifest, lock);
  if (drifts.empty()) return;
  throw Error(ErrorKind::input, "drift",
              "the lock does not satisfy the manifest: " + drifts[0].key + ": " + drifts[0].detail +
                  (drifts.size() > 1 ? " (and " + std::to_string(drifts.size() - 1) + " more)" : ""),
              "run mlrepro lock");
}

void restore_direct_packages(const std::vector<PythonPackage>& packages, const Manifest& manifest,
                             const SourceStore& sources) {
  std::map<std::string, std::string> with_credentials;  // by the URL without
  if (manifest.python) {
    for (const auto* list :
         {&manifest.python->requirements, &manifest.python->constraints, &manifest.python->overrides}) {
      for (const auto& line : *list) {
        std::string why;
        if (!python::is_direct(line)) continue;
        if (const auto wanted = DirectRequirement::parse(line, why))
          with_credentials[python::without_userinfo(wanted->url.url)] = wanted->url.url;
      }
    }
  }
  for (const auto& package : packages) {
    if (!package.origin) continue;
    const std::string& url = package.origin->vcs ? package.origin->vcs->url : package.origin->url;
    const auto found = with_credentials.find(url);
    sources.restore(package, url.empty() || found == with_credentials.end() ? std::nullopt
                                                                            : std::optional(found->second));
  }
}

}  // namespace mlrepro
