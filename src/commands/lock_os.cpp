#include "commands/lock_os.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/image/base_image.hpp"
#include "services/image/base_packages.hpp"
#include "services/image/installed_packages.hpp"
#include "services/index/debian_index.hpp"
#include "services/index/debian_places.hpp"
#include "services/resolve/os_resolver.hpp"

namespace mlrepro {
namespace {

// As of environment.exclude-newer where the archives have a past; where not, it is said.
std::vector<DebianSource> os_sources(const Manifest& manifest, Progress& progress) {
  auto sources = debian_sources(*manifest.os, Invocation::apt_folder());
  if (manifest.exclude_newer_than_pins) {
    progress.warning(
        "environment.exclude-newer = \"pins\" does not reach the OS packages: they are today's; a time, "
        "and os.snapshot, would reach them");
  }
  if (!manifest.exclude_newer) return sources;
  const std::string time = format_rfc3339(*manifest.exclude_newer);
  std::vector<std::string> without_past;
  sources = sources_as_of(std::move(sources), *manifest.exclude_newer, without_past);
  if (std::any_of(sources.begin(), sources.end(), [](const auto& source) { return source.as_of; }))
    progress.note("the archives are read as of " + time + ", and Valid-Until and keys are judged as of then");
  if (!without_past.empty()) {
    progress.warning(
        "environment.exclude-newer does not reach " + join(without_past, ", ") +
        ", an archive without a past: its packages are today's; os.snapshot names an archive that "
        "keeps every state");
  }
  return sources;
}

// The base image, and its packages as the solver takes them.
LockedBase open_base(const Manifest& manifest, const std::string& architecture, HttpClient& client,
                     const BlobStore& store, Progress& progress, OsRequest& request) {
  const BasePlace place{&*manifest.os->base_image, manifest.folder};
  LockedBase base = open_base_image(place, manifest.os->base, architecture, client, store, progress);
  InstalledPackages installed = parse_installed(read_dpkg_status(base, store));
  base.packages = std::move(installed.packages);
  const Sha256 stanzas = store.put(installed.stanzas);
  request.installed = OsRequest::Installed{store.get(stanzas, "the base image's packages"), stanzas};
  return base;
}

void note_uses(LockedBase& base, const OsSolution& solution) {
  for (const auto& used : solution.of_base) {
    for (auto& package : base.packages) {
      if (package.name != used.name || package.version != used.version ||
          package.architecture != used.architecture)
        continue;
      package.requested = used.requested;
      package.required_by = used.required_by;
    }
  }
  const bool has_dpkg = std::any_of(base.packages.begin(), base.packages.end(),
                                    [](const auto& package) { return package.name == "dpkg"; });
  if (has_dpkg || solution.packages.empty()) return;
  throw Error(ErrorKind::input, "no-dpkg",
              "the base image " + base.reference + " has no package dpkg, which would install " +
                  solution.packages.front().name,
              "take an image that has it");
}

}  // namespace

std::optional<Conflict> lock_os(const Invocation& invocation, const Manifest& manifest,
                                const std::optional<Lockfile>& before, const Upgrades& upgrades,
                                HttpClient& client, const BlobStore& store, Progress& past, Lockfile& lock) {
  const auto sources = os_sources(manifest, past);
  const std::string architecture = lock.name().architecture();
  const bool same_suite = before && before->os && before->os->suite == manifest.os->suite &&
                          before->os->distribution == manifest.os->distribution;
  const DebianIndex index = load_debian_index(
      sources, architecture, client, store, invocation.cache / "releases", *invocation.progress,
      same_suite ? before->os->releases : std::vector<LockedRelease>{});
  OsRequest request = os_request(*manifest.os, architecture);
  request.files = index.files;
  if (before && before->os) {
    for (const auto& package : before->os->packages) {
      if (!upgrades.moves(package.name)) request.preferred[package.name] = package.version;
    }
  }
  request.cache = invocation.cache / "solv";
  std::optional<LockedBase> base;
  if (manifest.os->base_image)
    base = open_base(manifest, architecture, client, store, *invocation.progress, request);
  auto answer = resolve_os(request);
  if (auto* conflict = std::get_if<Conflict>(&answer)) return std::move(*conflict);
  auto& solution = std::get<OsSolution>(answer);
  if (base) note_uses(*base, solution);
  lock.os = OsSection{manifest.os->distribution,    manifest.os->suite, architecture, index.releases,
                      std::move(solution.packages), std::move(base)};
  return std::nullopt;
}

}  // namespace mlrepro
