#include "adapters/container/private_network.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/pipe.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr int patience_ms = 20'000;

std::vector<std::string> pasta_words(const std::string& program, const std::string& netns,
                                     const std::vector<PublishedPort>& ports) {
  // As root pasta would become another user first, and then may not enter the namespace. Nothing of the
  // machine's loopback is reachable from inside, and no port that was not asked for.
  std::vector<std::string> words{program,        "--quiet",  "--runas", "0:0",           "--config-net",
                                 "--no-map-gw",  "--tcp-ns", "none",    "--udp-ns",      "none",
                                 "--netns-only", "--netns",  netns,     "--dns-forward", private_name_server};
  bool published[2] = {false, false};
  for (const auto& port : ports) {
    published[port.udp ? 1 : 0] = true;
    words.emplace_back(port.udp ? "--udp-ports" : "--tcp-ports");
    words.push_back((port.address.empty() ? "" : port.address + "/") + std::to_string(port.outside) + ":" +
                    std::to_string(port.inside));
  }
  if (!published[0]) words.insert(words.end(), {"--tcp-ports", "none"});
  if (!published[1]) words.insert(words.end(), {"--udp-ports", "none"});
  return words;
}

// First process of a PID namespace, so that pasta, which goes into the background when it is ready, ends with
// it, and it with us. Only system calls happen here.
struct Keeper {
  const char* program;
  char* const* argv;
  const char* namespace_file;  // of the process to join
  const char* bound_file;      // pasta gives up privileges that opening the former takes
  int log = -1;
  int ready = -1;

  [[noreturn]] void keep() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Of no group that the terminal sends its signals to.
    ::setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // pasta takes an ignored SIGPIPE for a failure.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE})
      ::signal(signal, SIG_DFL);
    const int null = ::open("/dev/null", O_RDONLY);
    if (null >= 0) ::dup2(null, 0);
    ::dup2(log, 1);
    ::dup2(log, 2);
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      fail("make a mount namespace");
    if (::mount(namespace_file, bound_file, nullptr, MS_BIND, nullptr) != 0)
      fail("bind the network namespace");
    const pid_t pasta = ::fork();
    if (pasta < 0) fail("fork");
    if (pasta == 0) {
      ::execv(program, argv);
      ::_exit(127);
    }
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(-1, &status, 0);
      if (ended < 0 && errno == EINTR) continue;
      if (ended < 0) ::_exit(0);
      if (ended != pasta) continue;
      if (status != 0) ::_exit(1);
      const ssize_t ignored = ::write(ready, "r", 1);
      ::close(ignored == 1 ? ready : -1);
    }
  }

  [[noreturn]] static void fail(const char* what) {
    std::size_t length = 0;
    while (what[length] != '\0')
      ++length;
    const ssize_t ignored = ::write(2, what, length);
    ::_exit(ignored < 0 ? 2 : 1);
  }
};

bool told_ready(const Pipe& pipe) {
  pollfd wait{pipe.read_end.get(), POLLIN, 0};
  int got = 0;
  while ((got = ::poll(&wait, 1, patience_ms)) < 0 && errno == EINTR) {
  }
  char byte = 0;
  return got == 1 && ::read(pipe.read_end.get(), &byte, 1) == 1;
}

}  // namespace

PrivateNetwork::PrivateNetwork(pid_t process, const std::vector<PublishedPort>& ports,
                               const fs::path& folder) {
  const auto program = find_program("pasta");
  if (!program) {
    throw Error(ErrorKind::surroundings, "no-pasta", "a private network with published ports needs pasta",
                "apt-get install passt, or share the machine's network: --network host");
  }
  make_directories(folder);
  const std::string bound = (folder / "namespace").string();
  const std::string log_file = (folder / "log").string();
  write_file_atomically(bound, "");
  const std::string source = "/proc/" + std::to_string(process) + "/ns/net";
  auto words = pasta_words(program->string(), bound, ports);
  const auto argv = exec_words(words);
  const UniqueFd log(::open(log_file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600));
  if (!log.valid()) throw system_error(errno, "write " + log_file);
  Pipe ready;
  const Keeper keeper{program->c_str(), argv.data(), source.c_str(),
                      bound.c_str(),    log.get(),   ready.write_end.get()};
  // As fork(2), in a PID namespace of its own.
  keeper_ = static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0));
  if (keeper_ < 0) throw system_error(errno, "make a PID namespace for pasta");
  if (keeper_ == 0) keeper.keep();
  ready.write_end.reset();
  if (told_ready(ready)) return;
  end();
  const std::string said(trim(read_file(log_file, 1U << 16)));
  throw Error(ErrorKind::surroundings, "network",
              "pasta did not make the network" + (said.empty() ? "" : ": " + said),
              "check the ports that were asked for, or share the machine's network: --network host");
}

PrivateNetwork::~PrivateNetwork() {
  end();
}

void PrivateNetwork::end() {
  if (keeper_ < 0) return;
  ::kill(keeper_, SIGKILL);
  // The kernel ends what else lives in its namespace before this returns.
  while (::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
  keeper_ = -1;
}

}  // namespace mlrepro
