#include "base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

#include "base/error.hpp"

namespace mlrepro {
namespace fs = std::filesystem;

UniqueFd open_file(const fs::path& path, int flags, unsigned mode) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd.valid()) throw system_error(errno, "open " + path.string());
  return fd;
}

void read_chunks(int fd, const std::string& name, const std::function<void(std::string_view)>& sink) {
  // No larger than the file: the kernel fills as much of /proc in advance, and memory costs its clearing.
  constexpr std::size_t largest = std::size_t{1} << 20;
  struct stat info {};
  const bool sized = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  const std::size_t chunk = sized ? std::clamp<std::size_t>(static_cast<std::size_t>(info.st_size) + 1,
                                                            std::size_t{1} << 14, largest)
                                  : largest;
  const auto buffer = std::make_unique_for_overwrite<char[]>(chunk);
  for (;;) {
    const ssize_t got = ::read(fd, buffer.get(), chunk);
    if (got == 0) return;
    if (got < 0) {
      if (errno == EINTR) continue;
      throw system_error(errno, "read " + name);
    }
    sink({buffer.get(), static_cast<std::size_t>(got)});
  }
}

void read_chunks(const fs::path& path, const std::function<void(std::string_view)>& sink) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  read_chunks(fd.get(), path.string(), sink);
}

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      throw Error(ErrorKind::input, "file-missing", "cannot open " + path.string() + ": no such file");
    }
    throw system_error(errno, "open " + path.string());
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) throw system_error(errno, "stat " + path.string());
  std::string bytes;
  if (S_ISREG(info.st_mode) && info.st_size > 0 && static_cast<std::uint64_t>(info.st_size) <= max_bytes) {
    bytes.reserve(static_cast<std::size_t>(info.st_size));
  }
  read_chunks(fd.get(), path.string(), [&](std::string_view piece) {
    if (bytes.size() + piece.size() > max_bytes) {
      throw Error(ErrorKind::input, "file-too-large",
                  path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
    bytes.append(piece);
  });
  return bytes;
}

void write_all(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      throw system_error(errno, "write " + name);
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void make_directories(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) throw system_error(code.value(), "make folder " + path.string());
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  make_directories(folder);
  std::string temporary = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) throw system_error(errno, "write " + path.string());
  try {
    write_all(fd.get(), bytes, path.string());
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(fd.get(), 0666 & ~mask) != 0 || ::fsync(fd.get()) != 0) {
      throw system_error(errno, "write " + path.string());
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw system_error(errno, "write " + path.string());
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  const UniqueFd directory = open_file(folder, O_RDONLY | O_DIRECTORY);
  ::fsync(directory.get());
}

TemporaryDirectory::TemporaryDirectory(const fs::path& parent, std::string_view prefix) {
  make_directories(parent);
  std::string name = (parent / (std::string(prefix) + ".XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) throw system_error(errno, "make a folder in " + parent.string());
  path_ = name;
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TemporaryDirectory::release() noexcept {
  return std::exchange(path_, {});
}

FileLock::FileLock(const fs::path& path, Mode mode) {
  if (path.has_parent_path()) make_directories(path.parent_path());
  fd_ = open_file(path, O_RDWR | O_CREAT, 0644);
  const int operation = mode == Mode::exclusive ? LOCK_EX : LOCK_SH;
  if (::flock(fd_.get(), operation | LOCK_NB) == 0) return;
  waited_ = true;
  while (::flock(fd_.get(), operation) != 0) {
    if (errno != EINTR) throw system_error(errno, "lock " + path.string());
  }
}

}  // namespace mlrepro
