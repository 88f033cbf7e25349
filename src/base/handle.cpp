#include "base/handle.hpp"

#include <unistd.h>

namespace mlrepro {

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace mlrepro
