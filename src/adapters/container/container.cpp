#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "adapters/container/death_watch.hpp"
#include "adapters/container/runtime.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/handle.hpp"
#include "base/pipe.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto grace = std::chrono::seconds(10);  // between SIGTERM and SIGKILL, docker stop's default

// The signals that are the container's business while it runs, taken as readable events.
class ForwardedSignals {
 public:
  ForwardedSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      sigaddset(&set_, signal);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
    fd_.reset(::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ForwardedSignals(const ForwardedSignals&) = delete;
  ForwardedSignals& operator=(const ForwardedSignals&) = delete;
  ~ForwardedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::optional<int> next() const {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
  UniqueFd fd_;
};

// What the child does before exec, with every string made beforehand: only system calls happen after the
// fork.
struct Stage {
  std::string scratch;  // a folder that a tmpfs is mounted on
  std::string upper;
  std::string work;
  std::string root;     // where the overlay goes
  std::string overlay;  // its options
  std::string overlay_without_xattrs;
  bool cgroup_mount = false;
  bool private_network = false;

  [[nodiscard]] int mount_all() const noexcept {
    if (::unshare(CLONE_NEWNS) != 0) return errno;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
    if (::mount("tmpfs", scratch.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) return errno;
    if (::mkdir(upper.c_str(), 0755) != 0 || ::mkdir(work.c_str(), 0755) != 0) return errno;
    if (::mount("overlay", root.c_str(), "overlay", 0, overlay.c_str()) != 0 &&
        ::mount("overlay", root.c_str(), "overlay", 0, overlay_without_xattrs.c_str()) != 0) {
      return errno;
    }
    if (cgroup_mount && ::mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, nullptr) != 0) return errno;
    if (private_network && ::unshare(CLONE_NEWNET) != 0) return errno;
    return 0;
  }
};

class RunningContainer {
 public:
  RunningContainer(const ContainerRuntime& runtime, const ContainerStart& start)
      : runtime_(runtime), start_(start), bundle_(start.state / "bundles", "run") {
    fs::create_directory(bundle_.path() / "rootfs");
    fs::create_directory(bundle_.path() / "scratch");
    write_file_atomically(bundle_.path() / "config.json", pretty_json(start.config));
    runtime_state_ = start.state / "runtime";
    make_directories(runtime_state_);
  }

  ContainerEnd run() {
    const ForwardedSignals signals;
    const DeathWatch watch(pid_file());
    launch();
    pump(signals);
    ContainerEnd end;
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    end.exit_status = exit_status_of(status);
    end.timed_out = timed_out_;
    end.interrupted = signalled_;
    // The runtime writes the file when the container stands, before the command starts.
    std::error_code ignored;
    if (end.exit_status != 0 && !timed_out_ && !signalled_ && !fs::exists(pid_file(), ignored)) {
      throw Error(ErrorKind::surroundings, "container",
                  runtime_.version + " did not start the container" +
                      (said_.empty() ? ", exit status " + std::to_string(end.exit_status)
                                     : ": " + std::string(trim(said_))),
                  "check the mounts, the user and the network that were asked for");
    }
    return end;
  }

 private:
  [[nodiscard]] Stage stage() const {
    Stage stage;
    stage.scratch = (bundle_.path() / "scratch").string();
    stage.upper = stage.scratch + "/upper";
    stage.work = stage.scratch + "/work";
    stage.root = (bundle_.path() / "rootfs").string();
    const std::string lower = start_.lower.string();
    if (lower.find_first_of(":,\\") != std::string::npos) {
      throw Error(ErrorKind::input, "bad-path", "the overlay file system cannot take the path " + lower,
                  "use a --cache-dir without colon, comma and backslash");
    }
    stage.overlay_without_xattrs =
        "lowerdir=" + lower + ",upperdir=" + stage.upper + ",workdir=" + stage.work;
    stage.overlay = stage.overlay_without_xattrs + (in_user_namespace() ? ",userxattr" : "");
    stage.cgroup_mount = runtime_.own_cgroup_mount;
    stage.private_network = start_.private_network.has_value();
    return stage;
  }

  // A command to the runtime.
  [[nodiscard]] std::vector<std::string> runtime_words(const std::vector<std::string>& command) const {
    std::vector<std::string> words{runtime_.program};
    words.insert(words.end(), runtime_.options.begin(), runtime_.options.end());
    words.insert(words.end(), {"--root", runtime_state_.string()});
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }

  void launch() {
    const auto program = find_program(runtime_.program);
    if (!program) throw Error(ErrorKind::surroundings, "no-runtime", runtime_.program + " is not installed");
    auto words = runtime_words(
        {"run", "--bundle", bundle_.path().string(), "--pid-file", pid_file().string(), start_.id});
    const auto argv = exec_words(words);
    const Stage stage = this->stage();
    Pipe failure;
    Pipe go;
    child_ = ::fork();
    if (child_ < 0) throw system_error(errno, "fork");
    if (child_ == 0) become(stage, program->c_str(), argv.data(), failure, go);
    out_.write_end.reset();
    err_.write_end.reset();
    failure.write_end.reset();
    int error = told_failure(failure);
    if (error == namespace_stands) {
      connect(go);
      error = told_failure(failure);
    }
    if (error != 0) {
      ::waitpid(child_, nullptr, 0);
      Error failed = system_error(error, "mount the environment for a container");
      throw Error(ErrorKind::surroundings, "container", failed.message(),
                  "mlrepro run needs root, or a kernel that lets users make namespaces");
    }
  }

  // The child has told that its network namespace stands: joins that to the machine's and lets it go on.
  void connect(Pipe& go) {
    try {
      network_.emplace(child_, *start_.private_network, bundle_.path() / "network");
    } catch (const Error&) {
      go.write_end.reset();
      ::waitpid(child_, nullptr, 0);
      throw;
    }
    if (::write(go.write_end.get(), "g", 1) != 1) throw system_error(errno, "write to a pipe");
  }

  // In the child: only system calls until exec.
  [[noreturn]] void become(const Stage& stage, const char* program, char* const* argv, const Pipe& failure,
                           const Pipe& go) const {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    // A group of its own: what the terminal sends reaches it once, through us.
    if (!start_.inherit_input) ::setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE})
      ::signal(signal, SIG_DFL);
    if (!start_.inherit_input) {
      const int null = ::open("/dev/null", O_RDONLY);
      if (null >= 0) ::dup2(null, 0);
    }
    if (!start_.inherit_output) {
      ::dup2(out_.write_end.get(), 1);
      ::dup2(err_.write_end.get(), 2);
    }
    int error = stage.mount_all();
    if (error == 0 && stage.private_network) {
      ::close(go.write_end.get());
      char byte = 0;
      if (::write(failure.write_end.get(), &namespace_stands, sizeof namespace_stands) < 0 ||
          ::read(go.read_end.get(), &byte, 1) != 1)
        ::_exit(125);
    }
    if (error == 0) {
      ::execv(program, argv);
      error = errno;
    }
    const ssize_t ignored = ::write(failure.write_end.get(), &error, sizeof error);
    ::_exit(ignored < 0 ? 125 : 126);
  }

  [[nodiscard]] fs::path pid_file() const { return bundle_.path() / "pid"; }

  [[nodiscard]] bool drain(UniqueFd& fd, bool error_stream) {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    // Kept for the message of a container that does not start.
    if (error_stream && said_.size() < 4096) said_.append(buffer.data(), static_cast<std::size_t>(got));
    start_.output({buffer.data(), static_cast<std::size_t>(got)}, error_stream);
    return true;
  }

  // Until the runtime has ended and nothing more comes.
  void pump(const ForwardedSignals& signals) {
    const auto started = Clock::now();
    if (start_.inherit_output) {
      out_.read_end.reset();
      err_.read_end.reset();
    }
    // crun reads on and on from a terminal that has gone; one that is not ours sends us no SIGHUP.
    const int terminal = start_.inherit_output && ::isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : -1;
    for (;;) {
      std::array<pollfd, 4> waits{pollfd{out_.read_end.get(), POLLIN, 0},
                                  pollfd{err_.read_end.get(), POLLIN, 0}, pollfd{signals.fd(), POLLIN, 0},
                                  pollfd{hung_up_ ? -1 : terminal, 0, 0}};
      const bool open = out_.read_end.valid() || err_.read_end.valid();
      ::poll(waits.data(), waits.size(), open ? 200 : 20);
      if (waits[0].revents != 0 && !drain(out_.read_end, false)) out_.read_end.reset();
      if (waits[1].revents != 0 && !drain(err_.read_end, true)) err_.read_end.reset();
      while (const auto signal = signals.next()) {
        signalled_ = true;
        if (!start_.inherit_input) ::kill(child_, *signal);
      }
      hung_up_ = hung_up_ || (waits[3].revents & POLLHUP) != 0;
      watch_end(started);
      siginfo_t info{};
      const bool ended =
          ::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          info.si_pid == child_;
      // A process that outlives the runtime may hold the pipes open: it is gone with its namespace, or not
      // ours.
      if (ended && (!open || (waits[0].revents == 0 && waits[1].revents == 0))) return;
    }
  }

  // Where it must end: a signal, and SIGKILL where it has not ended by then.
  void watch_end(Clock::time_point started) {
    const auto now = Clock::now();
    if (!ending_since_) {
      timed_out_ =
          start_.timeout_seconds && now - started > std::chrono::duration<double>(*start_.timeout_seconds);
      if (!timed_out_ && !hung_up_) return;
      ending_since_ = now;
      signal_container(timed_out_ ? "TERM" : "HUP");
    }
    if (now - *ending_since_ > grace && !killed_) {
      killed_ = true;
      signal_container("KILL");
    }
  }

  void signal_container(const char* name) const {
    Command command;
    command.arguments = runtime_words({"kill", start_.id, name});
    (void)run_process(command);
  }

  static constexpr int namespace_stands = -1;  // no errno

  const ContainerRuntime& runtime_;
  const ContainerStart& start_;
  TemporaryDirectory bundle_;
  fs::path runtime_state_;
  std::optional<PrivateNetwork> network_;
  Pipe out_;
  Pipe err_;
  std::string said_;
  pid_t child_ = -1;
  bool signalled_ = false;
  bool timed_out_ = false;
  bool hung_up_ = false;  // our terminal
  std::optional<Clock::time_point> ending_since_;
  bool killed_ = false;
};

}  // namespace

ContainerEnd run_container(const ContainerRuntime& runtime, const ContainerStart& start) {
  return RunningContainer(runtime, start).run();
}

}  // namespace mlrepro
