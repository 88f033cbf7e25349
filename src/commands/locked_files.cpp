#include "commands/locked_files.hpp"

#include <set>

#include "base/error.hpp"
#include "commands/direct_sources.hpp"
#include "services/fetch/fetcher.hpp"
#include "services/image/base_image.hpp"
#include "services/index/debian_index.hpp"
#include "services/index/debian_places.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {
namespace {

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Mirrors of the manifest may do where this machine knows no archive.
std::vector<DebianSource> os_sources(const OsConfig& os) {
  try {
    return debian_sources(os, Invocation::apt_folder());
  } catch (const Error& error) {
    if (error.code() != "no-os-index" || os.mirrors.empty()) throw;
    return {};
  }
}

std::vector<FetchItem> missing_os_files(const Manifest& manifest, const Lockfile& lock,
                                        const BlobStore& store) {
  std::vector<FetchItem> items;
  for (const auto& package : lock.os->packages) {
    if (store.contains(package.sha256, package.size)) continue;
    items.push_back(
        {file_name(package.path), {package.path, package.source}, package.sha256, package.size, Side::os});
  }
  if (items.empty()) return items;
  const DebianPlaces places(*manifest.os, os_sources(*manifest.os), lock.os->releases);
  for (auto& item : items) {
    const std::string source = item.urls[1];
    item.urls = places.urls_of(source, item.urls[0]);
    if (!item.urls.empty()) continue;
    throw Error(ErrorKind::surroundings, "no-os-index",
                "no apt source of this machine offers \"" + source + "\", where " + item.what + " comes from",
                "add it to apt's sources, or name it under [[os.index]] or in os.mirrors");
  }
  return items;
}

std::vector<FetchItem> missing_python_files(const Manifest& manifest, const Lockfile& lock,
                                            const BlobStore& store, HttpClient& client, Progress& progress) {
  PythonSection missing;
  std::set<Sha256> seen;  // several sources are built with the same packages
  const auto add = [&](const std::vector<PythonPackage>& packages) {
    for (const auto& package : packages) {
      if (!package.origin && !store.contains(package.file.sha256, package.file.size) &&
          seen.insert(package.file.sha256).second)
        missing.packages.push_back(package);
    }
  };
  add(lock.python->packages);
  for (const auto& build : lock.python->builds)
    add(build.packages);
  std::vector<FetchItem> items;
  if (missing.packages.empty()) return items;
  const auto indexes = python_indexes(manifest.python.value_or(PythonConfig{}));
  const auto located = locate_python_files(missing, indexes, client, progress, find_links_of(manifest));
  for (const auto& package : missing.packages) {
    const auto found = located.find(package.file.name);
    if (found == located.end()) {
      throw Error(ErrorKind::input, "file-gone", "no Python index offers " + package.file.name + " any more",
                  "mlrepro lock --upgrade-package " + package.name + " chooses another version");
    }
    items.push_back({package.file.name, found->second, package.file.sha256, package.file.size});
  }
  return items;
}

}  // namespace

void fetch_locked_files(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                        HttpClient& client, const BlobStore& store) {
  std::vector<FetchItem> items;
  if (lock.os && lock.os->base && manifest.os && manifest.os->base_image) {
    fetch_base_image({&*manifest.os->base_image, manifest.folder}, *lock.os->base, client, store,
                     *invocation.progress);
  }
  if (lock.os && manifest.os) items = missing_os_files(manifest, lock, store);
  if (lock.python) {
    for (auto& item : missing_python_files(manifest, lock, store, client, *invocation.progress)) {
      items.push_back(std::move(item));
    }
  }
  if (lock.python)
    restore_direct_packages(lock.python->packages, manifest,
                            source_store(invocation, manifest, client, store));
  if (!items.empty()) fetch_all(items, client, store, *invocation.progress);
}

}  // namespace mlrepro
