#include "base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/pipe.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw system_error(errno, "wait for a child process");
  }
  return exit_status_of(status);
}

constexpr std::size_t capture_limit = std::size_t{64} << 20;

// Reads what is there; returns whether the stream goes on.
bool drain(int fd, std::string& into) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  const auto room = capture_limit - into.size();
  into.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
  return true;
}

struct Pipes {
  Pipe out;
  Pipe err;
  Pipe in;
  Pipe failure;  // errno of what came before exec
};

// In the child: only async-signal-safe calls until exec.
[[noreturn]] void become(const Command& command, const Pipes& pipes, const char* program, char* const* argv,
                         char* const* envp) {
  int error = 0;
  if (command.input.empty()) {
    const int null = ::open("/dev/null", O_RDONLY);
    if (null >= 0) ::dup2(null, 0);
  } else {
    ::dup2(pipes.in.read_end.get(), 0);
  }
  if (!command.inherit_output) {
    ::dup2(pipes.out.write_end.get(), 1);
    ::dup2(pipes.err.write_end.get(), 2);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (!command.working_directory.empty() && ::chdir(command.working_directory.c_str()) != 0) error = errno;
  if (error == 0 && command.before_exec) error = command.before_exec();
  if (error == 0) {
    ::execve(program, argv, command.environment ? envp : environ);
    error = errno;
  }
  const ssize_t ignored = ::write(pipes.failure.write_end.get(), &error, sizeof error);
  ::_exit(ignored < 0 ? 125 : 126);
}

// Feeds and hears the child to its end, or to its time limit.
ProcessResult attend(const Command& command, pid_t child, Pipes& pipes) {
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - started).count(); };
  UniqueFd& out = pipes.out.read_end;
  UniqueFd& err = pipes.err.read_end;
  UniqueFd& in = pipes.in.write_end;
  ProcessResult result;
  std::string_view pending = command.input;
  if (pending.empty()) in.reset();
  ::fcntl(in.get(), F_SETFL, O_NONBLOCK);
  while (out.valid() || err.valid()) {
    std::array<pollfd, 3> waits{pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0},
                                pollfd{in.get(), POLLOUT, 0}};
    ::poll(waits.data(), waits.size(), command.timeout_seconds ? 100 : -1);
    if (waits[0].revents != 0 && !drain(out.get(), result.output)) out.reset();
    if (waits[1].revents != 0 && !drain(err.get(), result.errors)) err.reset();
    if (in.valid() && waits[2].revents != 0) {
      const ssize_t put = ::write(in.get(), pending.data(), pending.size());
      if (put > 0) pending.remove_prefix(static_cast<std::size_t>(put));
      if (pending.empty() || (put < 0 && errno != EAGAIN && errno != EINTR)) in.reset();
    }
    if (command.timeout_seconds && !result.timed_out && elapsed() > *command.timeout_seconds) {
      result.timed_out = true;
      ::kill(child, SIGTERM);
    }
    if (result.timed_out && elapsed() > *command.timeout_seconds + 2) {
      ::kill(child, SIGKILL);
      break;
    }
  }
  result.exit_status = wait_for(child);
  return result;
}

}  // namespace

int exit_status_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

std::vector<char*> exec_words(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (auto& word : words)
    result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

std::optional<fs::path> find_program(std::string_view name) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string_view::npos) {
    return ::access(std::string(name).c_str(), X_OK) == 0 ? std::optional<fs::path>(name) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  // A user's PATH often lacks the sbin folders, where runtimes and newuidmap's friends may live.
  std::string list = std::string(path != nullptr ? path : "") + ":/usr/local/sbin:/usr/sbin:/sbin";
  std::size_t start = 0;
  while (start <= list.size()) {
    const std::size_t end = std::min(list.find(':', start), list.size());
    const std::string folder = list.substr(start, end - start);
    start = end + 1;
    if (folder.empty() || folder.front() != '/') continue;
    fs::path candidate = fs::path(folder) / name;
    std::error_code ignored;
    if (::access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate, ignored)) return candidate;
  }
  return std::nullopt;
}

ProcessResult run_process(const Command& command) {
  const auto program = find_program(command.arguments.at(0));
  if (!program) {
    throw Error(ErrorKind::surroundings, "program-missing",
                "cannot run " + command.arguments.at(0) + ": not found on PATH");
  }
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = command.environment.value_or(std::vector<std::string>{});
  const auto argv = exec_words(arguments);
  const auto envp = exec_words(environment);
  Pipes pipes;
  const pid_t child = ::fork();
  if (child < 0) throw system_error(errno, "fork");
  if (child == 0) become(command, pipes, program->c_str(), argv.data(), envp.data());
  pipes.out.write_end.reset();
  pipes.err.write_end.reset();
  pipes.in.read_end.reset();
  pipes.failure.write_end.reset();
  if (const int error = told_failure(pipes.failure)) {
    wait_for(child);
    throw system_error(error, "run " + program->string());
  }
  return attend(command, child, pipes);
}

}  // namespace mlrepro
