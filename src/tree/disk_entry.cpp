#include "tree/disk_entry.hpp"

#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace mlrepro {

std::string read_link(int folder, const std::string& name, const std::string& path) {
  std::array<char, 4097> text{};
  const ssize_t length = ::readlinkat(folder, name.c_str(), text.data(), text.size());
  if (length < 0) throw system_error(errno, "read link " + path);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::map<std::string, std::string> read_xattrs(int fd, const std::string& path) {
  std::map<std::string, std::string> found;
  std::array<char, 65536> list{};
  const ssize_t length = ::flistxattr(fd, list.data(), list.size());
  if (length < 0) {
    if (errno == ENOTSUP) return found;
    throw system_error(errno, "list the extended attributes of " + path);
  }
  for (std::size_t at = 0; at < static_cast<std::size_t>(length);) {
    const std::string name = list.data() + at;
    at += name.size() + 1;
    if (name != "security.capability" && !name.starts_with("user.")) continue;
    std::string value(65536, '\0');
    const ssize_t size = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
    if (size < 0) throw system_error(errno, "read " + name + " of " + path);
    value.resize(static_cast<std::size_t>(size));
    found.emplace(name, std::move(value));
  }
  return found;
}

}  // namespace mlrepro
