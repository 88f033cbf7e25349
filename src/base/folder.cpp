#include "base/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/handle.hpp"

namespace mlrepro {

std::vector<std::string> names_in(int fd, const std::string& path) {
  // A stream takes its descriptor over, and moves the place where it reads.
  const int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) throw system_error(errno, "open folder " + path);
  const std::unique_ptr<DIR, Deleter<::closedir>> stream(::fdopendir(copy));
  if (!stream) {
    const int error = errno;
    ::close(copy);
    throw system_error(error, "read folder " + path);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) throw system_error(errno, "read folder " + path);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> names_in(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return {};
  const UniqueFd folder = open_file(path, O_RDONLY | O_DIRECTORY);
  return names_in(folder.get(), path.string());
}

}  // namespace mlrepro
