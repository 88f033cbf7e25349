#include "services/verify/lock_checks.hpp"

#include <algorithm>
#include <atomic>
#include <set>

#include "base/error.hpp"
#include "base/parallel.hpp"

namespace mlrepro {
namespace {

struct NamedBlob {
  std::string what;
  Sha256 sha256;
  std::uint64_t size = 0;
};

Check result(const std::string& name, const std::vector<std::string>& troubles, const std::string& good) {
  if (troubles.empty()) return {name, CheckStatus::pass, good, 0, true};
  std::string detail = troubles.front();
  if (troubles.size() > 1) detail += " (and " + std::to_string(troubles.size() - 1) + " more)";
  return {name, CheckStatus::fail, detail, 0, true};
}

// Hashes on every core: the store may hold gigabytes. The order of `blobs` decides the order of troubles.
Check check_blobs(const std::string& name, const std::vector<NamedBlob>& blobs, const BlobStore& store,
                  Progress& progress) {
  std::vector<std::string> troubles(blobs.size());
  std::atomic<std::size_t> done{0};
  run_parallel(blobs.size(), [&](std::size_t i) {
    const auto& blob = blobs[i];
    std::string damage;
    if (!store.find(blob.sha256, &damage)) {
      troubles[i] = blob.what + (damage.empty() ? " is not in the store" : " is damaged: " + damage);
    } else if (!store.contains(blob.sha256, blob.size)) {
      troubles[i] = blob.what + " has another size than the lock says";
    }
    progress.update(name, ++done, blobs.size(), Unit::items);
  });
  progress.finish(name);
  std::erase(troubles, std::string());
  return result(name, troubles, std::to_string(blobs.size()) + " files hashed");
}

}  // namespace

Check check_canonical(const std::string& bytes, const Lockfile& lock, const std::string& name) {
  const std::string canonical = render_lockfile(lock);
  if (bytes == canonical)
    return {"lock-canonical", CheckStatus::pass, name + ", lock id " + lock.id().tagged(), 0, true};
  const auto differ = std::mismatch(bytes.begin(), bytes.end(), canonical.begin(), canonical.end()).first;
  const auto line = 1 + std::count(bytes.begin(), differ, '\n');
  return {"lock-canonical", CheckStatus::fail,
          name + ":" + std::to_string(line) + " is not as mlrepro writes it: it was edited by hand", 0, true};
}

Check check_manifest(const std::vector<Drift>& drifts) {
  std::vector<std::string> troubles;
  for (const auto& drift : drifts)
    troubles.push_back(drift.key + ": " + drift.detail);
  return result("lock-manifest", troubles, "the lock was made for what the manifest asks");
}

Check check_os_files(const OsSection& os, const BlobStore& store, Progress& progress) {
  std::vector<NamedBlob> blobs;
  for (const auto& package : os.packages) {
    blobs.push_back({package.path.substr(package.path.rfind('/') + 1), package.sha256, package.size});
  }
  if (os.base) {
    blobs.push_back({"the base image's manifest", os.base->digest, os.base->size});
    blobs.push_back({"the base image's configuration", os.base->config_digest, os.base->config_size});
    for (const auto& layer : os.base->layers)
      blobs.push_back({"the base image's layer " + layer.digest.tagged(), layer.digest, layer.size});
  }
  return check_blobs("os-files", blobs, store, progress);
}

Check check_python_files(const PythonSection& python, const BlobStore& store, Progress& progress) {
  std::vector<NamedBlob> blobs;
  std::set<Sha256> seen;  // several sources are built with the same packages
  const auto add = [&](const std::vector<PythonPackage>& packages) {
    for (const auto& package : packages) {
      if (seen.insert(package.file.sha256).second)
        blobs.push_back({package.file.name, package.file.sha256, package.file.size});
    }
  };
  add(python.packages);
  for (const auto& build : python.builds)
    add(build.packages);
  return check_blobs("python-files", blobs, store, progress);
}

Check check_data(const std::vector<LockedData>& locked, const std::vector<LockedData>& present) {
  std::vector<std::string> troubles;
  for (const auto& data : locked) {
    const auto found = std::find_if(present.begin(), present.end(),
                                    [&](const auto& item) { return item.path == data.path; });
    if (found == present.end()) {
      troubles.push_back(data.path + " is missing");
    } else if (found->sha256 != data.sha256) {
      troubles.push_back(data.path + " is not what was locked");
    }
  }
  return result("data", troubles, std::to_string(locked.size()) + " data sets hashed");
}

}  // namespace mlrepro
