#include "commands/invocation.hpp"

#include <chrono>
#include <cmath>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

double monotonic() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Manifest Invocation::read_manifest() const {
  return mlrepro::read_manifest(manifest ? directory / *manifest : find_manifest(directory));
}

fs::path Invocation::lockfile_path(const Manifest& read) const {
  return lockfile ? directory / *lockfile : read.folder / "mlrepro.lock";
}

fs::path Invocation::store_path() const {
  try {
    make_directories(cache / "store");
  } catch (const Error& error) {
    throw Error(ErrorKind::surroundings, "cache",
                "the cache " + cache.string() + " cannot be used: " + error.message(),
                "name a folder that can be written to with --cache-dir or MLREPRO_CACHE_DIR");
  }
  return cache / "store";
}

fs::path Invocation::apt_folder() {
  return environment(env::apt_config).value_or("/etc/apt");
}

fs::path Invocation::records_path(const Manifest& manifest) {
  return manifest.folder / ".mlrepro" / "records.db";
}

Stopwatch::Stopwatch() : started_(monotonic()) {}

double Stopwatch::seconds() const {
  return std::round((monotonic() - started_) * 1000) / 1000;
}

}  // namespace mlrepro
