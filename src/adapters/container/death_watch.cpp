#include "adapters/container/death_watch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace mlrepro {
namespace {

// The number in the file; 0 where it is not there yet. Only system calls.
pid_t read_pid(const char* file) {
  const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  std::array<char, 16> digits{};
  const ssize_t got = ::read(fd, digits.data(), digits.size());
  ::close(fd);
  pid_t pid = 0;
  for (ssize_t i = 0; i < got && i < 9; ++i) {
    const char c = digits[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') break;
    pid = pid * 10 + (c - '0');
  }
  return pid;
}

}  // namespace

DeathWatch::DeathWatch(const std::filesystem::path& pid_file) : pid_file_(pid_file.string()) {
  watcher_ = ::fork();
  if (watcher_ < 0) throw system_error(errno, "fork");
  if (watcher_ == 0) watch();
  life_.read_end.reset();
}

DeathWatch::~DeathWatch() {
  const bool told = ::write(life_.write_end.get(), "e", 1) == 1;
  life_.write_end.reset();
  // One that was not told so has been killed itself, or would take us for dead.
  if (!told) ::kill(watcher_, SIGKILL);
  while (::waitpid(watcher_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void DeathWatch::watch() const {
  // Of no group that the terminal sends its signals to; holds nothing open that others wait on.
  ::setpgid(0, 0);
  ::dup2(life_.read_end.get(), 0);
  if (::close_range(1, ~0U, 0) != 0) {
    for (int fd = 1; fd < 256; ++fd)
      ::close(fd);
  }
  char byte = 0;
  ssize_t got = 0;
  while ((got = ::read(0, &byte, 1)) < 0 && errno == EINTR) {
  }
  if (got == 1) ::_exit(0);
  // A runtime that was about to start it has SIGTERM from the kernel by now.
  for (int attempt = 0; attempt < 40; ++attempt) {
    if (const pid_t pid = read_pid(pid_file_.c_str()); pid > 1) {
      ::kill(pid, SIGKILL);
      break;
    }
    ::poll(nullptr, 0, 50);
  }
  ::_exit(0);
}

}  // namespace mlrepro
