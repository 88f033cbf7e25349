#include "store/leftovers.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/abandoned.hpp"
#include "codec/digest.hpp"
#include "store/cache_entries.hpp"
#include "store/cache_names.hpp"
#include "store/cache_use.hpp"
#include "store/second_place.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using cache_names::building_lock_suffix;

void add_builds(const fs::path& folder, std::vector<Leftover>& found) {
  for (const auto& path : entries_of(folder)) {
    const std::string name = path.filename().string();
    if (name.starts_with(cache_names::turn_prefix) && !file_is_held(path))
      found.push_back({LeftoverKind::build, path, name});
    if (!name.starts_with(cache_names::building_prefix)) continue;
    const auto info = status_of(path);
    if (!info) continue;
    if (S_ISDIR(info->st_mode)) {
      if (!file_is_held(path.string() + std::string(building_lock_suffix)))
        found.push_back({LeftoverKind::build, path, name});
    } else if (name.ends_with(building_lock_suffix)) {
      const fs::path built = folder / name.substr(0, name.size() - building_lock_suffix.size());
      if (!status_of(built) && !file_is_held(path)) found.push_back({LeftoverKind::build, path, name});
    }
  }
}

void add_second_builds(const fs::path& images, std::vector<Leftover>& found) {
  std::vector<fs::path> places{second_build_place_inside(images)};
  for (const auto& place : second_build_places(images)) {
    if (is_ours_alone(place)) places.push_back(place);
  }
  for (const auto& place : places) {
    const std::size_t before = found.size();
    add_builds(place, found);
    if (found.size() == before && status_of(place) && entries_of(place).empty())
      found.push_back({LeftoverKind::build, place, place.filename().string()});
  }
}

void add_runs(const fs::path& state, std::vector<Leftover>& found) {
  for (const auto& path : abandoned_folders(state / "bundles", "run"))
    found.push_back({LeftoverKind::run, path, path.filename().string()});
  for (const auto& path : abandoned_folders(state, "replay"))
    found.push_back({LeftoverKind::run, path, path.filename().string()});
}

// A fetch that brings something writes to one of these.
UnixTime changed(const fs::path& repository) {
  UnixTime latest = 0;
  for (const char* part :
       {"", "FETCH_HEAD", "packed-refs", "refs/cache", "refs/tags", "objects/pack", "config"}) {
    if (const auto info = status_of(repository / part)) latest = std::max<UnixTime>(latest, info->st_mtime);
  }
  return latest;
}

void add_repositories(const fs::path& folder, UnixTime unused_since, std::vector<Leftover>& found) {
  for (const auto& path : entries_of(folder)) {
    const auto info = status_of(path);
    if (!info || !S_ISDIR(info->st_mode) || !Sha256::parse(path.filename().string())) continue;
    if (changed(path) <= unused_since) {
      found.push_back({LeftoverKind::repository, path, path.filename().string()});
      continue;
    }
    // libgit2's names for packs that are still coming.
    for (const auto& pack : entries_of(path / "objects/pack")) {
      const std::string name = pack.filename().string();
      const auto file = status_of(pack);
      if (file && S_ISREG(file->st_mode) && name.starts_with("pack_git2_"))
        found.push_back({LeftoverKind::download, pack, name});
    }
  }
}

}  // namespace

std::vector<Leftover> find_leftovers(const fs::path& cache, UnixTime unused_since) {
  std::vector<Leftover> found;
  add_builds(cache / "images", found);
  add_second_builds(cache / "images", found);
  add_runs(cache / "run", found);
  add_repositories(cache / "git", unused_since, found);
  return found;
}

void remove_leftover(const Leftover& leftover) {
  SafeFolder(leftover.path.parent_path()).remove(leftover.path.filename().string());
  ::unlink((leftover.path.string() + std::string(building_lock_suffix)).c_str());
  // Only where nothing is left in it.
  if (leftover.kind == LeftoverKind::build && leftover.path.parent_path().filename() != "images")
    ::rmdir(leftover.path.parent_path().c_str());
}

}  // namespace mlrepro
