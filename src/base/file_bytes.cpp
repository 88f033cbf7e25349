#include "base/file_bytes.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/error.hpp"

namespace mlrepro {

std::size_t read_at(int fd, std::uint64_t offset, std::span<char> into, const std::string& name) {
  constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  if (offset > last) return 0;
  into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), last - offset)));
  std::size_t got = 0;
  while (got < into.size()) {
    const ssize_t count = ::pread(fd, into.data() + got, into.size() - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(errno, "read " + name);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return got;
}

ReadBytes bytes_of_file(int fd, const std::string& name) {
  return [fd, name](std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    bytes.resize(read_at(fd, offset, bytes, name));
    return bytes;
  };
}

}  // namespace mlrepro
