#include "commands/invocation.hpp"

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;

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

}  // namespace mlrepro
