#include "services/image/second_build.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/image_layers.hpp"
#include "services/image/perturbation.hpp"
#include "store/second_place.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t spare_bytes = std::uint64_t{512} << 20;

// What a build needs beside the first tree's own size: files aside, the archives of wheels, logs.
std::uint64_t needed_bytes(const RealisedImage& first) {
  std::uint64_t bytes = 0;
  if (const auto manifest = read_image_manifest(first.folder, first.section.digest)) {
    for (const auto& part : tree_parts(*manifest))
      bytes += part.layer.size;
  }
  return bytes + bytes / 4 + (spare_bytes / 2);
}

std::uint64_t available_memory() {
  const std::string text = read_file("/proc/meminfo");
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() < 2 || words[0] != "MemAvailable:") continue;
    return parse_number(words[1]).value_or(0) * 1024;
  }
  return 0;
}

// Whether a tree can be built below `folder`, and lies on another file system than `images`.
bool is_suitable(const fs::path& folder, const fs::path& images, std::uint64_t needed) {
  struct stat there {};
  struct stat here {};
  struct statvfs room {};
  struct statfs kind {};
  if (::stat(folder.c_str(), &there) != 0 || ::stat(images.c_str(), &here) != 0 ||
      there.st_dev == here.st_dev || ::statvfs(folder.c_str(), &room) != 0 ||
      ::statfs(folder.c_str(), &kind) != 0)
    return false;
  // Maintainer scripts run from there.
  if ((room.f_flag & (ST_NOEXEC | ST_RDONLY)) != 0) return false;
  if (kind.f_type == TMPFS_MAGIC && available_memory() < needed + spare_bytes) return false;
  return room.f_bavail * room.f_frsize >= needed;
}

// Makes it where it is not there.
bool is_own_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return false;
  return is_ours_alone(folder);
}

class Elsewhere {
 public:
  Elsewhere(const fs::path& images, std::uint64_t needed) {
    for (const auto& place : second_build_places(images)) {
      if (!is_suitable(place.parent_path(), images, needed) || !is_own_folder(place)) continue;
      path = place;
      other_file_system = true;
      return;
    }
    use_cache(images);
  }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;
  ~Elsewhere() { leave(); }

  void use_cache(const fs::path& images) {
    leave();
    path = second_build_place_inside(images);
    other_file_system = false;
    make_directories(path);
  }

  fs::path path;
  bool other_file_system = false;

 private:
  // Empty by now; what is not is another's.
  void leave() const {
    if (path.empty()) return;
    ::rmdir(path.c_str());
    if (!other_file_system) ::rmdir(path.parent_path().c_str());
  }
};

}  // namespace

SecondBuild build_second(const BuildRequest& request, const RealisedImage& first, Progress& progress) {
  SecondBuild out;
  const FileLock one_at_a_time(request.images / ".twice.lock", FileLock::Mode::exclusive);
  Elsewhere elsewhere(request.images, needed_bytes(first));
  BuildRequest second = request;
  second.backwards = true;
  ImageSection section;
  double comparing = 0;
  const auto build = [&] {
    second.images = elsewhere.path;
    const Perturbation perturbation;
    out.perturbed = perturbation.changed();
    section = rebuild_digest(second, progress, [&](const fs::path& tree) {
      const Stopwatch watch;
      out.differences = compare_trees(first.rootfs, tree);
      comparing = watch.seconds();
    });
  };
  const Stopwatch watch;
  try {
    build();
  } catch (const Error& error) {
    // Sources are built on an overlay, which not every file system can bear.
    if (error.code() != "no-overlay" || !elsewhere.other_file_system) throw;
    elsewhere.use_cache(request.images);
    build();
  }
  out.phases = {{"second build", watch.seconds() - comparing}, {"compare", comparing}};
  // Over a base its own dpkg unpacks, in the one order that it can.
  if (!request.lock->os->base) out.perturbed.insert(out.perturbed.begin(), "order of unpacking");
  out.perturbed.insert(out.perturbed.begin(), "folder");
  if (elsewhere.other_file_system) out.perturbed.emplace_back("file system");
  if (const std::string wheel = differing_wheel(first.section, section); !wheel.empty())
    out.differences.push_back({wheel, "built from its source with other bytes"});
  // The kept tree was altered, or what lies beside it.
  if (out.differences.empty() && section.digest != first.section.digest) {
    out.differences.push_back(
        {"manifest.json", "digest " + first.section.digest.tagged() + "/" + section.digest.tagged()});
  }
  return out;
}

}  // namespace mlrepro
