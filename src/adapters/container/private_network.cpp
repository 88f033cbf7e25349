#include "adapters/container/private_network.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "adapters/container/forwarded_signals.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/pipe.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr int patience_ms = 20'000;
constexpr const char* pasta_name_server = "169.254.1.1";
constexpr const char* slirp_name_server = "10.0.2.3";
constexpr const char* slirp_guest = "10.0.2.100";
constexpr const char* api_socket = "api";

std::vector<std::string> pasta_words(const std::string& program, const std::string& netns,
                                     const std::vector<PublishedPort>& ports) {
  // As root pasta would become another user first, and then may not enter the namespace. Nothing of the
  // machine's loopback is reachable from inside, and no port that was not asked for.
  std::vector<std::string> words{program,        "--quiet",  "--runas", "0:0",           "--config-net",
                                 "--no-map-gw",  "--tcp-ns", "none",    "--udp-ns",      "none",
                                 "--netns-only", "--netns",  netns,     "--dns-forward", pasta_name_server};
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

// slirp4netns takes ports through a socket, when it is ready. `api` is that, relative to where it is started.
std::vector<std::string> slirp_words(const std::string& program, const std::string& netns, int ready) {
  return {program,
          "--configure",
          "--mtu=65520",
          "--disable-host-loopback",
          "--ready-fd=" + std::to_string(ready),
          "--api-socket=" + std::string(api_socket),
          "--netns-type=path",
          netns,
          "tap0"};
}

// One request, one answer: {"return": ...} or {"error": {"desc": ...}}.
void publish(const fs::path& folder, const PublishedPort& port) {
  const UniqueFd at = open_file(folder, O_PATH | O_DIRECTORY);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // The folder's own path may be longer than an address can be.
  const std::string path = "/proc/self/fd/" + std::to_string(at.get()) + "/" + api_socket;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid() ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw system_error(errno, "speak to slirp4netns");
  const Json request = {{"execute", "add_hostfwd"},
                        {"arguments",
                         {{"proto", port.udp ? "udp" : "tcp"},
                          {"host_addr", port.address.empty() ? "0.0.0.0" : port.address},
                          {"host_port", port.outside},
                          {"guest_addr", slirp_guest},
                          {"guest_port", port.inside}}}};
  write_all(socket.get(), request.dump(), "slirp4netns");
  ::shutdown(socket.get(), SHUT_WR);
  std::string answer;
  read_chunks(socket.get(), "slirp4netns", [&](std::string_view bytes) {
    if (answer.size() < 4096) answer += bytes;
  });
  if (answer.find("\"return\"") != std::string::npos) return;
  throw Error(ErrorKind::surroundings, "network",
              "slirp4netns did not publish the port " + std::to_string(port.outside) + ": " + answer,
              "it knows IPv4 alone; pasta knows more: apt-get install passt");
}

// First process of a PID namespace, so that pasta, which goes into the background when it is ready, ends with
// it, and it with us. Only system calls happen here.
struct Keeper {
  const char* program;
  char* const* argv;
  const char* namespace_file;  // of the process to join
  const char* bound_file;      // pasta gives up privileges that opening the former takes
  const char* folder;          // where it is started
  bool announces = false;      // it writes to `ready` itself, and stays in the foreground
  int log = -1;
  int ready = -1;

  [[noreturn]] void keep() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Of no group that the terminal sends its signals to.
    ::setpgid(0, 0);
    // pasta takes an ignored SIGPIPE for a failure.
    take_usual_signals();
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
      if (announces && (::fcntl(ready, F_SETFD, 0) != 0 || ::chdir(folder) != 0)) ::_exit(127);
      ::execv(program, argv);
      ::_exit(127);
    }
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(-1, &status, 0);
      if (ended < 0 && errno == EINTR) continue;
      if (ended < 0) ::_exit(0);
      if (ended != pasta) continue;
      if (status != 0 || announces) ::_exit(1);
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

std::string private_name_server() {
  return find_program("pasta") ? pasta_name_server : slirp_name_server;
}

PrivateNetwork::PrivateNetwork(pid_t process, const std::vector<PublishedPort>& ports,
                               const fs::path& folder) {
  const auto pasta = find_program("pasta");
  const auto program = pasta ? pasta : find_program("slirp4netns");
  if (!program) {
    throw Error(ErrorKind::surroundings, "no-pasta",
                "a private network with published ports needs pasta (Debian package passt) or slirp4netns",
                "apt-get install passt, or share the machine's network: --network host");
  }
  make_directories(folder);
  const std::string bound = (folder / "namespace").string();
  const std::string log_file = (folder / "log").string();
  write_file_atomically(bound, "");
  const std::string source = "/proc/" + std::to_string(process) + "/ns/net";
  const UniqueFd log(::open(log_file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600));
  if (!log.valid()) throw system_error(errno, "write " + log_file);
  Pipe ready;
  auto words = pasta ? pasta_words(program->string(), bound, ports)
                     : slirp_words(program->string(), bound, ready.write_end.get());
  const auto argv = exec_words(words);
  const Keeper keeper{program->c_str(), argv.data(), source.c_str(), bound.c_str(),
                      folder.c_str(),   !pasta,      log.get(),      ready.write_end.get()};
  // As fork(2), in a PID namespace of its own.
  keeper_ = static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0));
  if (keeper_ < 0) throw system_error(errno, "make a PID namespace for pasta");
  if (keeper_ == 0) keeper.keep();
  ready.write_end.reset();
  if (told_ready(ready)) {
    try {
      for (const auto& port : pasta ? std::vector<PublishedPort>() : ports)
        publish(folder, port);
    } catch (const Error&) {
      end();
      throw;
    }
    return;
  }
  end();
  const std::string said(trim(read_file(log_file, 1U << 16)));
  throw Error(ErrorKind::surroundings, "network",
              program->filename().string() + " did not make the network" + (said.empty() ? "" : ": " + said),
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
