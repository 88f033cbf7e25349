#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "adapters/container/bubblewrap.hpp"
#include "adapters/container/bubblewrap_status.hpp"
#include "adapters/container/death_watch.hpp"
#include "adapters/container/forwarded_signals.hpp"
#include "adapters/container/runtime.hpp"
#include "adapters/container/seccomp_program.hpp"
#include "adapters/container/stage.hpp"
#include "base/abandoned.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/handle.hpp"
#include "base/pipe.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "codec/base64.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto grace = std::chrono::seconds(10);  // between SIGTERM and SIGKILL, docker stop's default

class RunningContainer {
 public:
  RunningContainer(const ContainerRuntime& runtime, const ContainerStart& start)
      : runtime_(runtime), start_(start), bundle_(start.state / "bundles", "run") {
    fs::create_directory(bundle_.path() / "rootfs");
    fs::create_directory(bundle_.path() / "scratch");
    if (runtime_.bubblewrap) return;
    const fs::path config = bundle_.path() / "config.json";
    const UniqueFd file = open_file(config, O_WRONLY | O_CREAT | O_EXCL, 0600);
    write_all(file.get(), config_text(), config.string());
    // With the bundle, so that what a killed run leaves is in one place.
    runtime_state_ = bundle_.path() / "runtime";
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
    if (end.exit_status != 0 && !timed_out_ && !signalled_ && !stood()) {
      throw Error(ErrorKind::surroundings, "container",
                  runtime_.version + " did not start the container" +
                      (said_.empty() ? ", exit status " + std::to_string(end.exit_status)
                                     : ": " + std::string(trim(said_))),
                  "check the mounts, the user and the network that were asked for");
    }
    return end;
  }

 private:
  [[nodiscard]] std::string filter(bool shared_terminal) const {
    return kept_seccomp_program(start_.config.at("linux").at("seccomp"), shared_terminal, start_.state);
  }

  // crun takes a filter that is compiled already, and the description's place stays for one that does not.
  [[nodiscard]] std::string config_text() const {
    if (!runtime_.version.starts_with("crun ")) return start_.config.dump();
    Json config = start_.config;
    config["annotations"]["run.oci.seccomp_bpf_data"] = base64(filter(false));
    return config.dump();
  }

  [[nodiscard]] Stage stage() const {
    Stage stage = overlay_stage(start_.lower, bundle_.path());
    stage.cgroup_mount = runtime_.own_cgroup_mount;
    stage.own_network = start_.private_network.has_value();
    if (!runtime_.bubblewrap) return stage;
    // crun and runc do this themselves.
    const Json& namespaces = start_.config.at("linux").at("namespaces");
    stage.loopback = std::any_of(namespaces.begin(), namespaces.end(),
                                 [](const Json& each) { return each.at("type") == "network"; });
    stage.own_network = stage.own_network || stage.loopback;
    const Json& mounts = start_.config.at("mounts");
    if (std::any_of(mounts.begin(), mounts.end(),
                    [](const Json& each) { return each.at("type") == "sysfs"; }))
      stage.sysfs = stage.scratch + "/sys";
    return stage;
  }

  // Whether the command was started, or was about to be. An OCI runtime writes the file when the container
  // stands; bwrap tells an exit code of what it has started alone.
  [[nodiscard]] bool stood() const {
    std::error_code ignored;
    return runtime_.bubblewrap ? status_.command_ended() : fs::exists(pid_file(), ignored);
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
    const Stage stage = this->stage();
    auto words = runtime_words(
        {"run", "--bundle", bundle_.path().string(), "--pid-file", pid_file().string(), start_.id});
    if (runtime_.bubblewrap) words = bubblewrap_words(stage);
    const auto argv = exec_words(words);
    Pipe failure;
    Pipe go;
    // The child has our memory until its exec, and we wait for that: to copy what we have grown to takes as
    // long as to mount all it needs. One that waits for its network needs us before.
    child_ = start_.private_network ? ::fork() : ::vfork();
    if (child_ < 0) throw system_error(errno, "fork");
    if (child_ == 0) become(stage, program->c_str(), argv.data(), failure, go);
    out_.write_end.reset();
    err_.write_end.reset();
    tells_.write_end.reset();
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

  std::vector<std::string> bubblewrap_words(const Stage& stage) {
    filter_.reset(::memfd_create("filter", MFD_CLOEXEC));
    if (!filter_.valid()) throw system_error(errno, "make a file in memory");
    write_all(filter_.get(), filter(start_.inherit_output), "the filter of system calls");
    if (::lseek(filter_.get(), 0, SEEK_SET) != 0) throw system_error(errno, "seek");
    BubblewrapPlaces places;
    places.lower = start_.lower;
    places.root = stage.root;
    places.sysfs = stage.sysfs;
    places.status_fd = tells_.write_end.get();
    places.seccomp_fd = filter_.get();
    places.terminal_signals = start_.inherit_input;
    BubblewrapStart start = bubblewrap_start(runtime_.program, start_.config, places);
    limits_ = std::move(start.limits);
    capabilities_ = start.capabilities;
    return std::move(start.words);
  }

  // In the child: what bwrap is to find.
  [[nodiscard]] int prepare_bubblewrap() const {
    for (const int fd : {tells_.write_end.get(), filter_.get()}) {
      if (::fcntl(fd, F_SETFD, 0) != 0) return errno;
    }
    // bwrap would end at what the terminal sends to the command.
    if (start_.inherit_input) {
      for (const int signal : {SIGINT, SIGQUIT, SIGHUP})
        ::signal(signal, SIG_IGN);
    }
    for (const auto& limit : limits_) {
      if (::setrlimit(static_cast<__rlimit_resource_t>(limit.first), &limit.second) != 0) return errno;
    }
    return bound_capabilities(capabilities_);
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

  // In the child: only system calls until exec, and nothing of ours is changed. Not inlined: it has a frame
  // of its own that the parent has no use for.
  [[noreturn, gnu::noinline]] void become(const Stage& stage, const char* program, char* const* argv,
                                          const Pipe& failure, const Pipe& go) const {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    // A group of its own: what the terminal sends reaches it once, through us.
    if (!start_.inherit_input) ::setpgid(0, 0);
    take_usual_signals();
    if (!start_.inherit_input) {
      const int null = ::open("/dev/null", O_RDONLY);
      if (null >= 0) ::dup2(null, 0);
    }
    if (!start_.inherit_output) {
      ::dup2(out_.write_end.get(), 1);
      ::dup2(err_.write_end.get(), 2);
    }
    int error = stage.mount_all();
    if (error == 0 && start_.private_network) {
      ::close(go.write_end.get());
      char byte = 0;
      if (::write(failure.write_end.get(), &namespace_stands, sizeof namespace_stands) < 0 ||
          ::read(go.read_end.get(), &byte, 1) != 1)
        ::_exit(125);
    }
    if (error == 0 && runtime_.bubblewrap) error = prepare_bubblewrap();
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
    // Readable when the runtime has ended. Not valid on kernels before 5.3: then it is looked for in turns.
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0)));
    if (start_.inherit_output) {
      out_.read_end.reset();
      err_.read_end.reset();
    }
    // crun reads on and on from a terminal that has gone; one that is not ours sends us no SIGHUP.
    const int terminal = start_.inherit_output && ::isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : -1;
    for (;;) {
      std::array<pollfd, 6> waits{
          pollfd{out_.read_end.get(), POLLIN, 0}, pollfd{err_.read_end.get(), POLLIN, 0},
          pollfd{signals.fd(), POLLIN, 0},        pollfd{hung_up_ ? -1 : terminal, 0, 0},
          pollfd{process.get(), POLLIN, 0},       pollfd{tells_.read_end.get(), POLLIN, 0}};
      const bool open = out_.read_end.valid() || err_.read_end.valid();
      ::poll(waits.data(), waits.size(), open ? 200 : 20);
      if (waits[0].revents != 0 && !drain(out_.read_end, false)) out_.read_end.reset();
      if (waits[1].revents != 0 && !drain(err_.read_end, true)) err_.read_end.reset();
      if (waits[5].revents != 0 && !hear_status()) tells_.read_end.reset();
      while (const auto signal = signals.next()) {
        signalled_ = true;
        if (!start_.inherit_input) pass_on(*signal);
      }
      if (start_.standing && !told_standing_ && stood()) {
        told_standing_ = true;
        const Json& user = start_.config.at("process").at("user");
        start_.standing(runtime_words({"exec", "--no-new-privs", "--user",
                                       user.at("uid").dump() + ":" + user.at("gid").dump(), start_.id}));
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

  // An OCI runtime passes signals on to the command; bwrap does not.
  void pass_on(int signal) const {
    if (!runtime_.bubblewrap) {
      ::kill(child_, signal);
    } else if (status_.first_process() > 1) {
      ::kill(status_.first_process(), signal);
    }
  }

  [[nodiscard]] bool hear_status() {
    const pid_t known = status_.first_process();
    const bool more = status_.hear(tells_.read_end.get());
    if (status_.first_process() != known) {
      write_all(open_file(pid_file(), O_WRONLY | O_CREAT | O_TRUNC, 0600).get(),
                std::to_string(status_.first_process()), pid_file().string());
    }
    return more;
  }

  // Where it must end: a signal, and SIGKILL where it has not ended by then.
  void watch_end(Clock::time_point started) {
    const auto now = Clock::now();
    if (!ending_since_) {
      timed_out_ =
          start_.timeout_seconds && now - started > std::chrono::duration<double>(*start_.timeout_seconds);
      if (!timed_out_ && !hung_up_) return;
      ending_since_ = now;
      signal_container(timed_out_ ? SIGTERM : SIGHUP);
    }
    if (now - *ending_since_ > grace && !killed_) {
      killed_ = true;
      signal_container(SIGKILL);
    }
  }

  void signal_container(int signal) const {
    if (runtime_.bubblewrap) return pass_on(signal);
    Command command;
    command.arguments = runtime_words({"kill", start_.id, std::to_string(signal)});
    (void)run_process(command);
  }

  static constexpr int namespace_stands = -1;  // no errno

  const ContainerRuntime& runtime_;
  const ContainerStart& start_;
  HeldDirectory bundle_;
  fs::path runtime_state_;
  std::optional<PrivateNetwork> network_;
  Pipe out_;
  Pipe err_;
  Pipe tells_;               // bwrap's status
  BubblewrapStatus status_;  // what came of it
  UniqueFd filter_;
  std::vector<std::pair<int, rlimit>> limits_;
  std::uint64_t capabilities_ = 0;
  std::string said_;
  pid_t child_ = -1;
  bool signalled_ = false;
  bool timed_out_ = false;
  bool told_standing_ = false;
  bool hung_up_ = false;  // our terminal
  std::optional<Clock::time_point> ending_since_;
  bool killed_ = false;
};

}  // namespace

ContainerEnd run_container(const ContainerRuntime& runtime, const ContainerStart& start) {
  return RunningContainer(runtime, start).run();
}

}  // namespace mlrepro
