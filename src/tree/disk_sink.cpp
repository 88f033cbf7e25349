#include "tree/disk_sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

[[noreturn]] void fail(int error, const std::string& what, std::string_view path) {
  if (error == EEXIST) {
    throw Error(ErrorKind::input, "path-exists",
                "cannot " + what + " " + std::string(path) + ": something lies there already");
  }
  throw system_error(error, what + " " + std::string(path));
}

std::array<timespec, 2> times(std::int64_t seconds) {
  return {timespec{0, UTIME_OMIT}, timespec{static_cast<time_t>(seconds), 0}};
}

}  // namespace

DiskSink::DiskSink(const std::filesystem::path& root, bool owners) : folder_(root), owners_(owners) {}

void DiskSink::add_file(const TreeEntry& entry, const Content& content, const SafeFolder::Place& at) {
  const UniqueFd fd(
      ::openat(at.folder, at.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) fail(errno, "write", entry.path);
  std::uint64_t written = 0;
  if (entry.size > 0) {
    content([&](std::string_view piece) {
      written += piece.size();
      write_all(fd.get(), piece, entry.path);
    });
  }
  if (written != entry.size) {
    throw Error(
        ErrorKind::input, "bad-size",
        entry.path + " holds " + std::to_string(written) + " bytes, not " + std::to_string(entry.size));
  }
  // chown clears setuid and file capabilities, so it comes first.
  if (owners_ && ::fchown(fd.get(), entry.uid, entry.gid) != 0) fail(errno, "set the owner of", entry.path);
  if (::fchmod(fd.get(), entry.mode & 07777U) != 0) fail(errno, "set the mode of", entry.path);
  for (const auto& [name, value] : entry.xattrs) {
    if (::fsetxattr(fd.get(), name.c_str(), value.data(), value.size(), 0) != 0)
      fail(errno, "set " + name + " of", entry.path);
  }
  const auto stamp = times(entry.mtime);
  if (::futimens(fd.get(), stamp.data()) != 0) fail(errno, "set the time of", entry.path);
}

void DiskSink::add(const TreeEntry& entry, const Content& content) {
  const auto at = folder_.make_place(entry.path);
  const char* name = at.name.c_str();
  switch (entry.type) {
    case EntryType::file: add_file(entry, content, at); return;
    case EntryType::directory: {
      if (::mkdirat(at.folder, name, 0755) != 0) {
        struct stat info {};
        if (errno != EEXIST || ::fstatat(at.folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISDIR(info.st_mode)) {
          fail(EEXIST, "make folder", entry.path);
        }
        return;
      }
      set_metadata(entry);
      folders_.emplace_back(entry.path, entry.mtime);
      return;
    }
    case EntryType::symlink:
      if (entry.target.empty() || entry.target.find('\0') != std::string::npos) {
        throw Error(ErrorKind::input, "bad-path", "the link " + entry.path + " has no valid target");
      }
      if (::symlinkat(entry.target.c_str(), at.folder, name) != 0) fail(errno, "make link", entry.path);
      set_metadata(entry);
      return;
    case EntryType::hardlink: {
      // The target's place may reuse the cached parent, so the new name's folder is held on its own.
      const UniqueFd folder(::fcntl(at.folder, F_DUPFD_CLOEXEC, 3));
      if (!folder.valid()) fail(errno, "open the parent of", entry.path);
      const auto target = folder_.place(entry.target);
      if (::linkat(target.folder, target.name.c_str(), folder.get(), name, 0) != 0)
        fail(errno, "make hard link", entry.path);
      return;
    }
    case EntryType::character_device:
    case EntryType::block_device:
    case EntryType::fifo:
      throw Error(ErrorKind::input, "device-refused",
                  "refusing " + entry.path + ": it is a device or a pipe");
  }
}

void DiskSink::finish() {
  for (const auto& [path, time] : folders_) {
    const auto at = folder_.place(path);
    const auto stamp = times(time);
    if (::utimensat(at.folder, at.name.c_str(), stamp.data(), AT_SYMLINK_NOFOLLOW) != 0)
      fail(errno, "set the time of", path);
  }
  folders_.clear();
}

void DiskSink::set_metadata(const TreeEntry& entry) {
  const auto at = folder_.place(entry.path);
  const char* name = at.name.c_str();
  if (owners_ && ::fchownat(at.folder, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0)
    fail(errno, "set the owner of", entry.path);
  if (entry.type != EntryType::symlink) {
    const UniqueFd fd(::openat(at.folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd.valid() || ::fchmod(fd.get(), entry.mode & 07777U) != 0)
      fail(errno, "set the mode of", entry.path);
    for (const auto& [key, value] : entry.xattrs) {
      if (::fsetxattr(fd.get(), key.c_str(), value.data(), value.size(), 0) != 0)
        fail(errno, "set " + key + " of", entry.path);
    }
  }
  const auto stamp = times(entry.mtime);
  if (::utimensat(at.folder, name, stamp.data(), AT_SYMLINK_NOFOLLOW) != 0)
    fail(errno, "set the time of", entry.path);
}

}  // namespace mlrepro
