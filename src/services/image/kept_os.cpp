#include "services/image/kept_os.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "base/build_id.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/handle.hpp"
#include "services/image/canonicalisation.hpp"
#include "services/image/image_folder.hpp"
#include "services/image/image_layers.hpp"
#include "services/image/tree_owners.hpp"
#include "services/image/wheel_layout.hpp"
#include "store/cache_names.hpp"
#include "tree/disk_entry.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

fs::path note_of(const Lockfile& lock, const fs::path& images) {
  const std::string made_by = std::string(build_id()) + " " + std::to_string(canonicalisation_version);
  return images / (std::string(cache_names::base_note_prefix) +
                   sha256(os_alone(*lock.os).id().hex() + " " + made_by).hex());
}

// A base may have an environment of its own, which stays where the lock has none: that is no system alone.
bool lends_os(const Lockfile& lock) {
  return !build_id().empty() && (!lock.os->base || lock.python);
}

// What lies beside a tree and belongs to its operating system.
const std::array<std::string, 2> beside_tree{std::string(os_layer_file), std::string(owners_file)};

UniqueFd open_folder(int at, const std::string& name) {
  UniqueFd fd(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) throw system_error(errno, "open folder " + name);
  return fd;
}

// Folders anew, all else linked: a link, a device and a pipe have their own inode too.
class Linking {
 public:
  void folder(int from, int to, const std::string& path) {
    for (const auto& name : names_in(from, path)) {
      const std::string child = path.empty() ? name : path + "/" + name;
      if (child == environment_prefix) continue;
      struct stat info {};
      if (::fstatat(from, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        throw system_error(errno, "stat " + child);
      if (!S_ISDIR(info.st_mode)) {
        if (::linkat(from, name.c_str(), to, name.c_str(), 0) != 0)
          throw system_error(errno, "link " + child);
        continue;
      }
      if (::mkdirat(to, name.c_str(), 0700) != 0) throw system_error(errno, "make folder " + child);
      const UniqueFd source = open_folder(from, name);
      const UniqueFd target = open_folder(to, name);
      folder(source.get(), target.get(), child);
      settle(source.get(), target.get(), info, child);
    }
  }

  static void settle(int from, int to, const struct stat& info, const std::string& path) {
    for (const auto& [name, value] : read_xattrs(from, path)) {
      if (::fsetxattr(to, name.c_str(), value.data(), value.size(), 0) != 0)
        throw system_error(errno, "copy " + name + " of " + path);
    }
    const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, info.st_mtim};
    if (::fchown(to, info.st_uid, info.st_gid) != 0 || ::fchmod(to, info.st_mode & 07777U) != 0 ||
        ::futimens(to, times.data()) != 0)
      throw system_error(errno, "copy folder " + path);
  }
};

}  // namespace

Lockfile os_alone(const OsSection& os) {
  Lockfile lock;
  lock.os = os;
  return lock;
}

std::optional<KeptOs> find_kept_os(const Lockfile& lock, const fs::path& images) {
  if (!lends_os(lock)) return std::nullopt;
  const auto folder = noted_image(images, note_of(lock, images));
  if (!folder) return std::nullopt;
  const auto manifest = read_image_manifest(*folder, *Sha256::parse(folder->filename().string()));
  if (!manifest || manifest->layers.empty()) return std::nullopt;
  KeptOs kept{*folder, {}};
  for (const auto& layer : image_layers(*manifest)) {
    if (layer.from != ImageLayer::From::base && layer.kind == LayerKind::os)
      kept.layers.push_back({LayerKind::os, layer.descriptor.digest, layer.descriptor.size});
  }
  return kept;
}

void note_kept_os(const Lockfile& lock, const fs::path& images, const Sha256& image) noexcept {
  try {
    if (lends_os(lock)) write_image_note(note_of(lock, images), image);
  } catch (...) {
    // The next build unpacks and configures.
  }
}

bool take_over_os(const KeptOs& base, const fs::path& tree) {
  try {
    const UniqueFd from = open_file(base.folder / "rootfs", O_RDONLY | O_DIRECTORY);
    struct stat info {};
    if (::fstat(from.get(), &info) != 0) throw system_error(errno, "stat " + base.folder.string());
    fs::create_directory(tree);
    const UniqueFd to = open_file(tree, O_RDONLY | O_DIRECTORY);
    Linking linking;
    linking.folder(from.get(), to.get(), {});
    Linking::settle(from.get(), to.get(), info, tree.string());
    for (const auto& name : beside_tree) {
      const fs::path file = base.folder / name;
      if (::link(file.c_str(), (tree.parent_path() / name).c_str()) != 0 && errno != ENOENT)
        throw system_error(errno, "link " + file.string());
    }
    if (is_complete_image(base.folder)) return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::surroundings) throw;
  }
  SafeFolder own(tree.parent_path());
  own.remove(tree.filename().string());
  for (const auto& name : beside_tree)
    own.remove(name);
  return false;
}

}  // namespace mlrepro
