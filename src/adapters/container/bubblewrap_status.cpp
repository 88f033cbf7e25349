#include "adapters/container/bubblewrap_status.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_text = 4096;

}  // namespace

bool BubblewrapStatus::hear(int fd) {
  std::array<char, 512> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0 || text_.size() > most_text) return false;
  text_.append(buffer.data(), static_cast<std::size_t>(got));
  if (first_process_ <= 0) find_first_process();
  return true;
}

void BubblewrapStatus::find_first_process() {
  constexpr std::string_view key = "\"child-pid\":";
  const auto at = text_.find(key);
  if (at == std::string::npos || text_.find('\n', at) == std::string::npos) return;
  const auto digits = trim(std::string_view(text_).substr(at + key.size()));
  first_process_ = static_cast<pid_t>(
      parse_number(trim(digits.substr(0, digits.find_first_not_of("0123456789 ")))).value_or(0));
}

}  // namespace mlrepro
