#include "standards/oci/seccomp_profile.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace mlrepro::oci {
namespace {

// Names that a machine or a library does not know are passed over by the runtimes.
constexpr std::string_view always_allowed =
    "accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown chown32 "
    "clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
    "clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range creat dup dup2 dup3 "
    "epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old "
    "eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate "
    "fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync "
    "fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync "
    "ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat "
    "getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups "
    "getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid "
    "getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname getsockopt "
    "get_thread_area gettid gettimeofday getuid getuid32 getxattr getxattrat inotify_add_watch inotify_init "
    "inotify_init1 inotify_rm_watch io_cancel ioctl io_destroy io_getevents io_pgetevents "
    "io_pgetevents_time64 ioprio_get ioprio_set io_setup io_submit ipc kill landlock_add_rule "
    "landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listmount "
    "listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 madvise "
    "map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 "
    "mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 "
    "mq_timedsend mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock "
    "munlockall munmap name_to_handle_at nanosleep newfstatat _newselect open openat openat2 pause "
    "pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 "
    "prctl pread64 preadv preadv2 prlimit64 process_mrelease process_vm_readv process_vm_writev pselect6 "
    "pselect6_time64 ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom "
    "recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename renameat renameat2 "
    "restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
    "rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity sched_getattr "
    "sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval "
    "sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler "
    "sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 send sendfile sendfile64 "
    "sendmmsg sendmsg sendto setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 "
    "setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
    "setreuid32 setrlimit set_robust_list setsid setsockopt set_thread_area set_tid_address setuid setuid32 "
    "setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 sigprocmask "
    "sigreturn socketcall socketpair splice stat stat64 statfs statfs64 statmount statx symlink symlinkat "
    "sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun "
    "timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
    "timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask "
    "uname unlink unlinkat uretprobe utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid "
    "waitpid write writev";

struct WithCapability {
  std::string_view capability;
  std::string_view calls;
};
constexpr std::array with_capability{
    WithCapability{"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
    WithCapability{"CAP_SYS_ADMIN",
                   "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
                   "mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname "
                   "sethostname setns syslog umount umount2 unshare"},
    WithCapability{"CAP_SYS_BOOT", "reboot"},
    WithCapability{"CAP_SYS_CHROOT", "chroot"},
    WithCapability{"CAP_SYS_MODULE", "delete_module init_module finit_module"},
    WithCapability{"CAP_SYS_PACCT", "acct"},
    WithCapability{"CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise"},
    WithCapability{"CAP_SYS_RAWIO", "iopl ioperm"},
    WithCapability{"CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"},
    WithCapability{"CAP_SYS_TTY_CONFIG", "vhangup"},
    WithCapability{"CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
    WithCapability{"CAP_SYSLOG", "syslog"},
    WithCapability{"CAP_BPF", "bpf"},
    WithCapability{"CAP_PERFMON", "perf_event_open"},
};

struct OfMachine {
  std::string_view machine;
  std::string_view calls;
  std::string_view architectures;  // the machine's own first, then those that its kernel runs besides
};
constexpr std::array of_machine{
    OfMachine{"x86_64", "arch_prctl modify_ldt", "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32"},
    OfMachine{"aarch64",
              "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls",
              "SCMP_ARCH_AARCH64 SCMP_ARCH_ARM"},
};

// personality(2): PER_LINUX, PER_LINUX32, UNAME26, both, and the question what it is.
constexpr std::array<std::uint64_t, 5> personalities{0x0, 0x8, 0x20000, 0x20008, 0xffffffff};
// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET.
constexpr std::uint64_t namespace_flags = 0x7e020000;
// Sockets between a guest and its host pass every namespace by.
constexpr std::uint64_t af_vsock = 40;
constexpr int not_implemented = 38;  // ENOSYS, the same number on both machines

Json words(std::string_view text) {
  Json list = Json::array();
  for (const auto word : split_words(text))
    list.push_back(std::string(word));
  return list;
}

Json allow(std::string_view calls) {
  return {{"names", words(calls)}, {"action", "SCMP_ACT_ALLOW"}};
}

Json allow_where(const std::string& call, const std::string& comparison, std::uint64_t value) {
  Json rule = allow(call);
  rule["args"] = Json::array({{{"index", 0}, {"value", value}, {"op", comparison}}});
  return rule;
}

}  // namespace

Json seccomp_profile(const std::vector<std::string>& capabilities, std::string_view machine) {
  const auto has = [&](std::string_view capability) {
    return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
  };
  Json rules = Json::array({allow(always_allowed), allow_where("socket", "SCMP_CMP_NE", af_vsock)});
  for (const auto value : personalities)
    rules.push_back(allow_where("personality", "SCMP_CMP_EQ", value));
  for (const auto& entry : with_capability) {
    if (has(entry.capability)) rules.push_back(allow(entry.calls));
  }
  if (!has("CAP_SYS_ADMIN")) {
    rules.push_back(
        {{"names", {"clone"}},
         {"action", "SCMP_ACT_ALLOW"},
         {"args",
          Json::array(
              {{{"index", 0}, {"value", namespace_flags}, {"valueTwo", 0}, {"op", "SCMP_CMP_MASKED_EQ"}}})}});
    rules.push_back({{"names", {"clone3"}}, {"action", "SCMP_ACT_ERRNO"}, {"errnoRet", not_implemented}});
  }
  Json profile = {{"defaultAction", "SCMP_ACT_ERRNO"}, {"defaultErrnoRet", 1}};
  for (const auto& entry : of_machine) {
    if (entry.machine != machine) continue;
    rules.push_back(allow(entry.calls));
    profile["architectures"] = words(entry.architectures);
  }
  profile["syscalls"] = std::move(rules);
  return profile;
}

}  // namespace mlrepro::oci
