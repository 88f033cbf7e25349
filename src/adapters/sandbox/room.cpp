#include "adapters/sandbox/room.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "adapters/sandbox/room_setup.hpp"
#include "adapters/sandbox/user_namespace.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/handle.hpp"
#include "base/pipe.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

UniqueFd input_file(const std::string& bytes) {
  if (bytes.empty()) return open_file("/dev/null", O_RDONLY);
  UniqueFd fd(::memfd_create("input", MFD_CLOEXEC));
  if (!fd.valid()) throw system_error(errno, "make a file in memory");
  write_all(fd.get(), bytes, "a file in memory");
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) throw system_error(errno, "rewind a file in memory");
  return fd;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 125;
  }
  return exit_status_of(status);
}

// PID 1 of the room: takes in orphans until the command ends; what still runs then dies with it.
[[noreturn]] void reap_until(pid_t command) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended == command) ::_exit(exit_status_of(status));
    if (ended < 0 && errno != EINTR) ::_exit(125);
  }
}

void close_all() {
  // A descriptor left open here would keep the parent's report pipe from ending.
  ::close_range(0, ~0U, 0);
}

// A whole user database means the first user namespace; in others overlayfs keeps its marks in user.*.
bool is_initial_user_namespace() {
  const std::string map = read_file("/proc/self/uid_map", 4096);
  return split_words(map) == std::vector<std::string_view>{"0", "0", "4294967295"};
}

struct OverlayPaths {
  std::string target;
  std::string options;
  std::string memory = {};
  std::string upper = {};
  std::string work = {};

  [[nodiscard]] RoomOverlay view() const {
    const auto text = [](const std::string& path) { return path.empty() ? nullptr : path.c_str(); };
    return {text(target), options.c_str(), text(memory), text(upper), text(work)};
  }
};

// The tree's own /tmp is where the layer in memory lies: a room has another one there.
OverlayPaths forgetting_overlay(const std::string& root) {
  const std::string memory = root + "/tmp";
  OverlayPaths out{memory + "/root",
                   "lowerdir=" + root + ",upperdir=" + memory + "/upper,workdir=" + memory + "/work", memory,
                   memory + "/upper", memory + "/work"};
  if (!is_initial_user_namespace()) out.options += ",userxattr";
  return out;
}

OverlayPaths prepare_overlay(const RoomCommand& command) {
  namespace fs = std::filesystem;
  if (command.forget_writes) return forgetting_overlay(command.root.string());
  if (command.writes.empty()) return {};
  for (const fs::path& path : {command.root, command.writes}) {
    // Separators of its options.
    if (path.string().find_first_of(":,\\") != std::string::npos) {
      throw Error(ErrorKind::surroundings, "no-overlay",
                  "the overlay file system cannot take the path " + path.string());
    }
  }
  for (const char* name : {"upper", "work", "root"})
    make_directories(command.writes / name);
  OverlayPaths out{(command.writes / "root").string(),
                   "lowerdir=" + command.root.string() + ",upperdir=" + (command.writes / "upper").string() +
                       ",workdir=" + (command.writes / "work").string()};
  if (!is_initial_user_namespace()) out.options += ",userxattr";
  return out;
}

constexpr int timed_out_status = 124;  // timeout(1)'s
constexpr int room_namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;

struct Prepared {
  const char* root;
  RoomOverlay overlay;
  char* const* argv;
  char* const* envp;
  int input;
  int log;
  int report;
};

// From here to exec: a fork of a program with threads, so only system calls on what was prepared before.
[[noreturn]] void run_child(const Prepared& prepared) {
  const auto fail = [&](RoomStep step) {
    const RoomFailure failure{step, errno};
    const ssize_t ignored = ::write(prepared.report, &failure, sizeof failure);
    ::_exit(ignored < 0 ? 125 : 126);
  };
  enter_child();
  if (::unshare(room_namespaces) != 0) fail(RoomStep::namespaces);
  const pid_t init = ::fork();
  if (init < 0) fail(RoomStep::fork);
  if (init > 0) {
    close_all();
    ::_exit(wait_for(init));
  }
  enter_child();
  if (const RoomStep failed = furnish_room(prepared.root, prepared.overlay); failed != RoomStep::none)
    fail(failed);
  // Where PID 1 has another root, ischroot(1) and its like see a chroot: no script tries to talk to an init
  // that is not there, nor waits for it (libc6's postinst: a second).
  const int root = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 || ::chroot("/dev") != 0) fail(RoomStep::pivot);
  const pid_t command = ::fork();
  if (command < 0) fail(RoomStep::fork);
  if (command > 0) {
    close_all();
    reap_until(command);
  }
  if (::fchdir(root) != 0 || ::chroot(".") != 0) fail(RoomStep::pivot);
  ::setsid();
  ::umask(022);
  if (::dup2(prepared.input, 0) < 0 || ::dup2(prepared.log, 1) < 0 || ::dup2(prepared.log, 2) < 0)
    fail(RoomStep::descriptors);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  limit_command();
  ::execve(prepared.argv[0], prepared.argv, prepared.envp);
  fail(RoomStep::execute);
  ::_exit(126);
}

// Whether the process ends in that time; where the kernel cannot tell, it is waited for.
bool ends_within(pid_t process, double seconds) {
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!handle.valid()) return true;
  using Clock = std::chrono::steady_clock;
  const auto end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd watched{handle.get(), POLLIN, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::min<long long>(left, 60'000)));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
}

}  // namespace

int run_in_room(const RoomCommand& command) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = command.environment;
  const auto argv = exec_words(arguments);
  const auto envp = exec_words(environment);
  const UniqueFd input = input_file(command.input);
  const UniqueFd log = open_file(command.log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  Pipe report;
  const std::string root = command.root.string();
  const OverlayPaths overlay = prepare_overlay(command);
  const Prepared prepared{root.c_str(), overlay.view(), argv.data(),           envp.data(),
                          input.get(),  log.get(),      report.write_end.get()};

  const pid_t child = ::fork();
  if (child < 0) throw system_error(errno, "fork");
  if (child == 0) run_child(prepared);
  report.write_end.reset();
  const bool timed_out = command.timeout_seconds && !ends_within(child, *command.timeout_seconds);
  // With it ends all that is in the room, by the kernel's hand.
  if (timed_out) ::kill(child, SIGKILL);
  RoomFailure failure{};
  ssize_t got = 0;
  while ((got = ::read(report.read_end.get(), &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  int raw = 0;
  while (::waitpid(child, &raw, 0) < 0 && errno == EINTR) {
  }
  if (timed_out) return timed_out_status;
  if (got == static_cast<ssize_t>(sizeof failure)) throw room_error(failure, command.arguments.front());
  // The command's own end comes as an exit status; this is what stands between it and us.
  if (WIFSIGNALED(raw)) {
    throw Error(ErrorKind::interrupted, "interrupted",
                "stopped while " + command.arguments.front() + " ran in the image");
  }
  return WEXITSTATUS(raw);
}

void require_namespaces() {
  if (::geteuid() != 0) {
    throw Error(ErrorKind::surroundings, "no-root",
                "cannot build an image: neither root nor in a user namespace",
                "build as root, or let the user have subordinate ids");
  }
  const pid_t child = ::fork();
  if (child < 0) throw system_error(errno, "fork");
  if (child == 0) ::_exit(::unshare(room_namespaces) == 0 ? 0 : errno);
  if (const int error = wait_for(child); error != 0) throw room_error({RoomStep::namespaces, error}, {});
}

}  // namespace mlrepro
