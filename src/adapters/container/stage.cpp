#include "adapters/container/stage.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "adapters/container/runtime.hpp"
#include "base/error.hpp"
#include "base/loopback.hpp"

namespace mlrepro {

int Stage::mount_all() const noexcept {
  if (::unshare(CLONE_NEWNS) != 0) return errno;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  if (::mount("tmpfs", scratch.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) return errno;
  if (::mkdir(upper.c_str(), 0755) != 0 || ::mkdir(work.c_str(), 0755) != 0) return errno;
  if (::mount("overlay", root.c_str(), "overlay", 0, overlay.c_str()) != 0 &&
      ::mount("overlay", root.c_str(), "overlay", 0, overlay_without_xattrs.c_str()) != 0) {
    return errno;
  }
  // EBUSY: it is that already.
  if (cgroup_mount && ::mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, nullptr) != 0 && errno != EBUSY)
    return errno;
  if (own_network && ::unshare(CLONE_NEWNET) != 0) return errno;
  if (loopback) {
    if (const int error = bring_loopback_up()) return error;
  }
  if (sysfs.empty()) return 0;
  if (::mkdir(sysfs.c_str(), 0755) != 0) return errno;
  constexpr unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  return ::mount("sysfs", sysfs.c_str(), "sysfs", flags, nullptr) == 0 ? 0 : errno;
}

Stage overlay_stage(const std::filesystem::path& lower_path, const std::filesystem::path& bundle) {
  Stage stage;
  stage.scratch = (bundle / "scratch").string();
  stage.upper = stage.scratch + "/upper";
  stage.work = stage.scratch + "/work";
  stage.root = (bundle / "rootfs").string();
  const std::string lower = lower_path.string();
  if (lower.find_first_of(":,\\") != std::string::npos) {
    throw Error(ErrorKind::input, "bad-path", "the overlay file system cannot take the path " + lower,
                "use a --cache-dir without colon, comma and backslash");
  }
  stage.overlay_without_xattrs = "lowerdir=" + lower + ",upperdir=" + stage.upper + ",workdir=" + stage.work;
  stage.overlay = stage.overlay_without_xattrs + (in_user_namespace() ? ",userxattr" : "");
  return stage;
}

}  // namespace mlrepro
