#include "base/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace mlrepro {

Pipe::Pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error(errno, "make a pipe");
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
}

int told_failure(const Pipe& pipe) {
  int error = 0;
  ssize_t got = 0;
  while ((got = ::read(pipe.read_end.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  return got == static_cast<ssize_t>(sizeof error) ? error : 0;
}

}  // namespace mlrepro
