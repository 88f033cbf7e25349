#include "services/image/build_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/image_folder.hpp"
#include "store/cache_names.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view prefix = cache_names::building_prefix;
constexpr std::string_view lock_suffix = cache_names::building_lock_suffix;

// The tree may hold anything by now, so it is removed without following a link.
void remove_quietly(const fs::path& images, const fs::path& folder) noexcept {
  try {
    SafeFolder(images).remove(folder.filename().string());
  } catch (...) {
    // What stays is removed by the next build.
  }
}

// The lock file, held; invalid where another holds it.
UniqueFd try_lock(const fs::path& file, int flags) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC | flags, 0644));
  if (!fd.valid() || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return fd;
}

void remove_dead(const fs::path& images) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(images, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(lock_suffix)) continue;
    const UniqueFd lock = try_lock(entry.path(), 0);
    if (!lock.valid()) continue;
    remove_quietly(images, images / name.substr(0, name.size() - lock_suffix.size()));
    ::unlink(entry.path().c_str());
  }
}

}  // namespace

BuildFolder::BuildFolder(const fs::path& images) : images_(images) {
  make_directories(images_);
  remove_dead(images_);
  for (;;) {
    std::string name = (images_ / (std::string(prefix) + "XXXXXX" + std::string(lock_suffix))).string();
    const UniqueFd made(::mkostemps(name.data(), static_cast<int>(lock_suffix.size()), O_CLOEXEC));
    if (!made.valid()) throw system_error(errno, "write to " + images_.string());
    lock_ = try_lock(name, 0);
    struct stat info {};
    // Another process may have taken the file for a dead one's between our making and locking it.
    if (!lock_.valid() || ::fstat(lock_.get(), &info) != 0 || info.st_nlink == 0) continue;
    lock_path_ = name;
    path_ = name.substr(0, name.size() - lock_suffix.size());
    break;
  }
  if (::mkdir(path_.c_str(), 0755) != 0 || ::chmod(path_.c_str(), 0755) != 0)
    throw system_error(errno, "make folder " + path_.string());
}

BuildFolder::~BuildFolder() {
  if (!path_.empty()) remove_quietly(images_, path_);
  ::unlink(lock_path_.c_str());
}

fs::path BuildFolder::commit(const Sha256& digest) {
  fs::path target = images_ / digest.hex();
  const UniqueFd folder = open_file(path_, O_RDONLY | O_DIRECTORY);
  // What writes came too late for their own error to be seen fail here (disk full, a broken disk).
  if (::syncfs(folder.get()) != 0) throw system_error(errno, "write " + target.string());
  const FileLock guard(images_ / ".commit.lock", FileLock::Mode::exclusive);
  if (is_complete_image(target)) return target;
  remove_quietly(images_, target);
  if (::rename(path_.c_str(), target.c_str()) != 0)
    throw system_error(errno, "move the image to " + target.string());
  path_.clear();
  write_file_atomically(target / cache_names::complete, digest.tagged() + "\n");
  return target;
}

}  // namespace mlrepro
