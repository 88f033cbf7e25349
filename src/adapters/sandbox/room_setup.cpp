#include "adapters/sandbox/room_setup.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>

#include "base/loopback.hpp"

namespace mlrepro {
namespace {

#if defined(__x86_64__)
constexpr unsigned native_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned native_architecture = AUDIT_ARCH_AARCH64;
#else
#error "the room's system call filter knows x86_64 and aarch64"
#endif

struct Device {
  const char* source;
  const char* target;
};
constexpr std::array<Device, 6> devices{{{"/dev/null", "/dev/null"},
                                         {"/dev/zero", "/dev/zero"},
                                         {"/dev/full", "/dev/full"},
                                         {"/dev/random", "/dev/random"},
                                         {"/dev/urandom", "/dev/urandom"},
                                         {"/dev/tty", "/dev/tty"}}};

// The usual set of a container, less CAP_MKNOD, which root has and the root of a user namespace has not.
constexpr std::array<int, 13> kept_capabilities{
    CAP_CHOWN,      CAP_DAC_OVERRIDE, CAP_FSETID,     CAP_FOWNER,  CAP_NET_RAW,
    CAP_SETGID,     CAP_SETUID,       CAP_SETFCAP,    CAP_SETPCAP, CAP_NET_BIND_SERVICE,
    CAP_SYS_CHROOT, CAP_KILL,         CAP_AUDIT_WRITE};

bool mount_tmpfs(const char* target, const char* options) {
  return ::mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options) == 0;
}

// The sources were opened before the root changed; /proc/self/fd leads to them.
bool bind_devices(const std::array<int, devices.size()>& sources) {
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (sources[i] < 0) continue;
    std::array<char, 48> link{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", sources[i]);
    const int file = ::open(devices[i].target, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0) return false;
    ::close(file);
    if (::mount(link.data(), devices[i].target, nullptr, MS_BIND, nullptr) != 0) return false;
  }
  return true;
}

bool furnish_dev(const std::array<int, devices.size()>& sources) {
  if (::mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=0755,size=16m") != 0) return false;
  if (!bind_devices(sources)) return false;
  if (::symlink("/proc/self/fd", "/dev/fd") != 0 || ::symlink("fd/0", "/dev/stdin") != 0 ||
      ::symlink("fd/1", "/dev/stdout") != 0 || ::symlink("fd/2", "/dev/stderr") != 0 ||
      ::symlink("pts/ptmx", "/dev/ptmx") != 0 || ::mkdir("/dev/pts", 0755) != 0 ||
      ::mkdir("/dev/shm", 0755) != 0) {
    return false;
  }
  // A kernel without devpts in a user namespace is no reason to stop: no package's script has needed a
  // terminal.
  ::mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
  return mount_tmpfs("/dev/shm", "mode=1777");
}

// Whether the overlay stands; where not, nothing of it is left.
bool mount_forgetting(const RoomOverlay& overlay) {
  if (!mount_tmpfs(overlay.memory, "mode=0755")) return false;
  if (::mkdir(overlay.upper, 0755) == 0 && ::mkdir(overlay.work, 0755) == 0 &&
      ::mkdir(overlay.target, 0755) == 0 &&
      ::mount("overlay", overlay.target, "overlay", 0, overlay.options) == 0)
    return true;
  ::umount2(overlay.memory, MNT_DETACH);
  return false;
}

// In a user namespace the flags that the mount has may not be dropped.
bool make_root_read_only() {
  struct statvfs info {};
  if (::statvfs("/", &info) != 0) return false;
  unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
  const auto keep = [&](unsigned long has, unsigned long flag) {
    if ((info.f_flag & has) != 0) flags |= flag;
  };
  keep(ST_NOSUID, MS_NOSUID);
  keep(ST_NODEV, MS_NODEV);
  keep(ST_NOEXEC, MS_NOEXEC);
  keep(ST_NOATIME, MS_NOATIME);
  keep(ST_NODIRATIME, MS_NODIRATIME);
  keep(ST_RELATIME, MS_RELATIME);
  return ::mount(nullptr, "/", nullptr, flags, nullptr) == 0;
}

void ignore_syncs() {
  constexpr auto number = static_cast<unsigned>(offsetof(seccomp_data, nr));
  constexpr auto architecture = static_cast<unsigned>(offsetof(seccomp_data, arch));
  constexpr unsigned short load = BPF_LD | BPF_W | BPF_ABS;
  constexpr unsigned short equal = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr unsigned short give = BPF_RET | BPF_K;
  std::array<sock_filter, 11> filter{{
      {load, 0, 0, architecture},
      {equal, 1, 0, native_architecture},
      {give, 0, 0, SECCOMP_RET_ALLOW},
      {load, 0, 0, number},
      {equal, 5, 0, SYS_fsync},
      {equal, 4, 0, SYS_fdatasync},
      {equal, 3, 0, SYS_sync},
      {equal, 2, 0, SYS_syncfs},
      {equal, 1, 0, SYS_sync_file_range},
      {give, 0, 0, SECCOMP_RET_ALLOW},
      {give, 0, 0, SECCOMP_RET_ERRNO},  // errno 0: done
  }};
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

void set_limit(int resource, rlim_t soft) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return;
  limit.rlim_cur = std::min(soft, limit.rlim_max);
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

}  // namespace

void enter_child() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  for (int signal = 1; signal < 32; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) ::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

RoomStep furnish_room(const char* root, const RoomOverlay& overlay) {
  std::array<int, devices.size()> sources{};
  for (std::size_t i = 0; i < devices.size(); ++i)
    sources[i] = ::open(devices[i].source, O_PATH | O_CLOEXEC);
  const int host_proc = ::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  // Nothing that is mounted here may reach the host, whatever its propagation.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return RoomStep::root;
  bool read_only = false;
  if (overlay.memory != nullptr) {
    read_only = !mount_forgetting(overlay);
    if (!read_only) root = overlay.target;
  } else if (overlay.target != nullptr) {
    if (::mount("overlay", overlay.target, "overlay", 0, overlay.options) != 0) return RoomStep::overlay;
    root = overlay.target;
  }
  if (::mount(root, root, nullptr, MS_BIND | MS_REC, nullptr) != 0 || ::chdir(root) != 0)
    return RoomStep::root;
  // pivot_root(2), "pivot_root(".", ".")": the old root is then stacked below "." until it is detached. From
  // here on a link in the tree can lead nowhere but into the tree.
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return RoomStep::pivot;
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    // In a container that masks parts of /proc the kernel gives no new one; the host's still serves.
    if (::fchdir(host_proc) != 0 || ::mount(".", "/proc", nullptr, MS_BIND | MS_REC, nullptr) != 0)
      return RoomStep::proc;
  }
  if (!furnish_dev(sources)) return RoomStep::devices;
  if (!mount_tmpfs("/tmp", "mode=1777") || !mount_tmpfs("/run", "mode=0755") ||
      ::mkdir("/run/lock", 01777) != 0 || ::chmod("/run/lock", 01777) != 0) {
    return RoomStep::tmpfs;
  }
  // The process's root lies below the old root's mount; "/" with MNT_DETACH takes the topmost, which is the
  // old one.
  if (::chdir("/") != 0 || ::umount2("/", MNT_DETACH) != 0 || ::chdir("/") != 0) return RoomStep::pivot;
  if (read_only && !make_root_read_only()) return RoomStep::root;
  if (::sethostname("mlrepro", 7) != 0 || ::setdomainname("(none)", 6) != 0) return RoomStep::host_name;
  // No package needs it to be configured.
  (void)bring_loopback_up();
  return RoomStep::none;
}

void limit_command() {
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NOFILE, 1024);
  ignore_syncs();
  for (int capability = 0; capability < 64; ++capability) {
    if (std::find(kept_capabilities.begin(), kept_capabilities.end(), capability) ==
        kept_capabilities.end()) {
      ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
  }
}

Error room_error(const RoomFailure& failure, const std::string& program) {
  const auto why = [&](const char* what) { return system_error(failure.error, what).message(); };
  switch (failure.step) {
    case RoomStep::namespaces:
      return Error(
          ErrorKind::surroundings, "no-namespaces",
          "cannot configure packages in a closed room: " + why("make namespaces"),
          "building needs root with CAP_SYS_ADMIN, or user namespaces; inside a container, allow them "
          "(for example --privileged), or pull an image that was built elsewhere");
    case RoomStep::execute:
      return Error(ErrorKind::input, "cannot-execute",
                   "cannot run " + program + " in the image: " + why("execute it"));
    case RoomStep::overlay:
      return Error(ErrorKind::surroundings, "no-overlay", why("mount an overlay over the image's root"));
    case RoomStep::root: return system_error(failure.error, "mount the image's root");
    case RoomStep::pivot: return system_error(failure.error, "change to the image's root");
    case RoomStep::proc: return system_error(failure.error, "mount /proc in the image");
    case RoomStep::devices: return system_error(failure.error, "fill /dev in the image");
    case RoomStep::tmpfs: return system_error(failure.error, "mount /tmp and /run in the image");
    case RoomStep::host_name: return system_error(failure.error, "set the host name of the room");
    case RoomStep::fork:
    case RoomStep::descriptors:
    case RoomStep::none: break;
  }
  return system_error(failure.error, "start " + program + " in the image");
}

}  // namespace mlrepro
