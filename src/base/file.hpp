// Files of our own: read whole, written atomically, locked. Trees of foreign origin go through tree/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/handle.hpp"

namespace mlrepro {

// The whole file. Throws Error(input, "file-missing") where it is absent, Error(input, "file-too-large") over
// `max_bytes`, Error(surroundings) on any other failure.
[[nodiscard]] std::string read_file(const std::filesystem::path& path,
                                    std::uint64_t max_bytes = std::uint64_t{1} << 30);

// Calls `sink` with successive pieces of the file (1 MiB at most each): memory does not grow with the file.
void read_chunks(const std::filesystem::path& path, const std::function<void(std::string_view)>& sink);
// The same from an open descriptor, from its current position to the end.
void read_chunks(int fd, const std::string& name, const std::function<void(std::string_view)>& sink);

// Writes through a temporary file beside `path`, fsync, rename, fsync of the folder: a reader sees the old or
// the new bytes and nothing else, also after kill -9. Parent folders are made. Keeps mode 0644 less umask.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

// Writes all of `bytes` to `fd`; `name` is for the message.
void write_all(int fd, std::string_view bytes, const std::string& name);

// Opens with O_CLOEXEC; throws system_error.
[[nodiscard]] UniqueFd open_file(const std::filesystem::path& path, int flags, unsigned mode = 0644);

// Makes `path` and its parents; a folder already there is success.
void make_directories(const std::filesystem::path& path);

// A folder of its own under `parent` (made if missing), removed with all it holds at the end of life, unless
// release()d. Removal never follows a link and never throws.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent, std::string_view prefix = "tmp");
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path release() noexcept;

 private:
  std::filesystem::path path_;
};

// flock() on `path` (made if missing), held for the object's life. Kept by the kernel, so a killed process
// leaves no stale lock. The file itself stays.
class FileLock {
 public:
  enum class Mode { shared, exclusive };
  FileLock(const std::filesystem::path& path, Mode mode);
  // Whether another process had it, so that we waited (for a message).
  [[nodiscard]] bool waited() const noexcept { return waited_; }

 private:
  UniqueFd fd_;
  bool waited_ = false;
};

}  // namespace mlrepro
