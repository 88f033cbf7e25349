#include "tree/disk_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/handle.hpp"
#include "tree/disk_entry.hpp"

namespace mlrepro {
namespace {

struct LinkKey {
  dev_t device;
  ino_t inode;
  bool operator==(const LinkKey&) const = default;
};
struct LinkHash {
  std::size_t operator()(const LinkKey& key) const noexcept {
    return std::hash<std::uint64_t>{}(key.inode * 0x9E3779B97F4A7C15ULL ^ key.device);
  }
};

class Pusher {
 public:
  Pusher(const Choose& choose, TreeSink& sink) : choose_(choose), sink_(sink) {}

  void folder(int fd, const std::string& path) {
    for (const auto& name : names_in(fd, path))
      child(fd, name, path.empty() ? name : path + "/" + name);
  }

 private:
  void child(int folder_fd, const std::string& name, const std::string& path) {
    struct stat info {};
    if (::fstatat(folder_fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      throw system_error(errno, "stat " + path);
    TreeEntry entry;
    entry.path = path;
    entry.type = type_of(info, path);
    entry.mode = info.st_mode & 07777U;
    entry.uid = info.st_uid;
    entry.gid = info.st_gid;
    entry.mtime = info.st_mtim.tv_sec;
    const Choice choice = choose_ ? choose_(path, entry.type) : Choice::take;
    if (choice == Choice::skip) return;
    if (entry.type == EntryType::directory) {
      const UniqueFd fd(::openat(folder_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!fd.valid()) throw system_error(errno, "open folder " + path);
      if (choice == Choice::take) {
        entry.xattrs = read_xattrs(fd.get(), path);
        sink_.add(entry, {});
      }
      folder(fd.get(), path);
      return;
    }
    if (choice == Choice::descend) return;
    if (info.st_nlink > 1 && entry.type == EntryType::file) {
      const auto [first, fresh] = links_.try_emplace(LinkKey{info.st_dev, info.st_ino}, path);
      if (!fresh) {
        entry.type = EntryType::hardlink;
        entry.target = first->second;
        sink_.add(entry, {});
        return;
      }
    }
    if (entry.type == EntryType::file) {
      push_file(folder_fd, name, entry, info);
      return;
    }
    if (entry.type == EntryType::symlink) entry.target = read_link(folder_fd, name, path);
    if (entry.type == EntryType::character_device || entry.type == EntryType::block_device) {
      entry.device_major = major(info.st_rdev);
      entry.device_minor = minor(info.st_rdev);
    }
    sink_.add(entry, {});
  }

  void push_file(int folder_fd, const std::string& name, TreeEntry& entry, const struct stat& info) {
    const UniqueFd fd(::openat(folder_fd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd.valid()) throw system_error(errno, "open " + entry.path);
    entry.size = static_cast<std::uint64_t>(info.st_size);
    entry.xattrs = read_xattrs(fd.get(), entry.path);
    sink_.add(entry, [&](const std::function<void(std::string_view)>& piece) {
      read_chunks(fd.get(), entry.path, piece);
    });
  }

  static EntryType type_of(const struct stat& info, const std::string& path) {
    if (S_ISREG(info.st_mode)) return EntryType::file;
    if (S_ISDIR(info.st_mode)) return EntryType::directory;
    if (S_ISLNK(info.st_mode)) return EntryType::symlink;
    if (S_ISCHR(info.st_mode)) return EntryType::character_device;
    if (S_ISBLK(info.st_mode)) return EntryType::block_device;
    if (S_ISFIFO(info.st_mode)) return EntryType::fifo;
    throw Error(ErrorKind::input, "socket", path + " is a socket, which no archive can hold");
  }

  const Choose& choose_;
  TreeSink& sink_;
  std::unordered_map<LinkKey, std::string, LinkHash> links_;
};

}  // namespace

void push_folder(const std::filesystem::path& root, const Choose& choose, TreeSink& sink) {
  const UniqueFd fd = open_file(root, O_RDONLY | O_DIRECTORY);
  Pusher(choose, sink).folder(fd.get(), {});
}

}  // namespace mlrepro
