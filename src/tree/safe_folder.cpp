#include "tree/safe_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/text.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {
namespace {

[[noreturn]] void fail(const char* what, std::string_view path) {
  throw system_error(errno, what + std::string(path));
}

void remove_at(int folder, const std::string& name, std::string_view path) {
  if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) return;
  if (errno != EISDIR && errno != EPERM) fail("remove ", path);
  {
    const UniqueFd fd(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) fail("remove ", path);
    for (const auto& child : names_in(fd.get(), std::string(path)))
      remove_at(fd.get(), child, path);
  }
  if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0) fail("remove ", path);
}

}  // namespace

SafeFolder::SafeFolder(const std::filesystem::path& root) : root_(open_file(root, O_RDONLY | O_DIRECTORY)) {}

SafeFolder::Place SafeFolder::place(std::string_view path) {
  return open_parent(path, false);
}
SafeFolder::Place SafeFolder::make_place(std::string_view path) {
  return open_parent(path, true);
}

SafeFolder::Place SafeFolder::open_parent(std::string_view path, bool make) {
  check_tree_path(path);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {root_.get(), std::string(path)};
  const std::string_view folder = path.substr(0, slash);
  const std::string name(path.substr(slash + 1));
  if (last_.valid() && folder == last_folder_) return {last_.get(), name};
  UniqueFd at;
  for (const auto piece : split(folder, '/')) {
    const std::string component(piece);
    const int from = at.valid() ? at.get() : root_.get();
    constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int next = ::openat(from, component.c_str(), flags);
    if (next < 0 && errno == ENOENT && make) {
      if (::mkdirat(from, component.c_str(), 0755) == 0) {
        if (::fchmodat(from, component.c_str(), 0755, 0) != 0) fail("make the parent of ", path);
      } else if (errno != EEXIST) {
        fail("make the parent of ", path);
      }
      next = ::openat(from, component.c_str(), flags);
    }
    if (next < 0) {
      if (errno == ENOTDIR || errno == ELOOP) {
        throw Error(ErrorKind::input, "bad-path",
                    "refusing the path \"" + std::string(path) + "\": its parent " + component +
                        " is a link or a file");
      }
      fail("open the parent of ", path);
    }
    at.reset(next);
  }
  last_ = std::move(at);
  last_folder_ = folder;
  return {last_.get(), name};
}

std::optional<struct stat> SafeFolder::status(std::string_view path) {
  std::string parent;
  for (const auto piece : split(path, '/')) {
    // Parents first: each must be a folder, else there is nothing at `path`.
    if (!parent.empty()) {
      const Place at = open_parent(parent, false);
      struct stat info {};
      if (::fstatat(at.folder, at.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(info.st_mode))
        return std::nullopt;
      parent += "/";
    }
    parent += piece;
  }
  const Place at = open_parent(path, false);
  struct stat info {};
  if (::fstatat(at.folder, at.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    fail("stat ", path);
  }
  return info;
}

std::optional<std::string> SafeFolder::read(std::string_view path, std::uint64_t most) {
  const auto info = status(path);
  if (!info || !S_ISREG(info->st_mode)) return std::nullopt;
  const Place at = open_parent(path, false);
  const UniqueFd fd(::openat(at.folder, at.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) fail("open ", path);
  std::string bytes;
  read_chunks(fd.get(), std::string(path), [&](std::string_view piece) {
    if (bytes.size() + piece.size() > most) {
      throw Error(ErrorKind::input, "file-too-large",
                  std::string(path) + " is larger than " + std::to_string(most) + " bytes");
    }
    bytes.append(piece);
  });
  return bytes;
}

void SafeFolder::rename(std::string_view from, std::string_view to) {
  const Place target = open_parent(to, true);
  // The place of `from` may reuse the cached parent, so the target's is held on its own.
  const UniqueFd folder(::fcntl(target.folder, F_DUPFD_CLOEXEC, 3));
  if (!folder.valid()) fail("open the parent of ", to);
  const Place source = open_parent(from, false);
  if (::renameat(source.folder, source.name.c_str(), folder.get(), target.name.c_str()) != 0)
    fail("move to ", to);
}

bool SafeFolder::remove(std::string_view path) {
  if (!status(path)) return false;
  const Place at = open_parent(path, false);
  remove_at(at.folder, at.name, path);
  if (last_folder_ == path || last_folder_.starts_with(std::string(path) + "/")) last_.reset();
  return true;
}

void SafeFolder::clear(std::string_view path) {
  const auto info = status(path);
  if (!info || !S_ISDIR(info->st_mode)) return;
  const Place at = open_parent(path, false);
  const UniqueFd fd(::openat(at.folder, at.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) fail("open folder ", path);
  for (const auto& child : names_in(fd.get(), std::string(path)))
    remove_at(fd.get(), child, path);
  last_.reset();
}

void SafeFolder::truncate(std::string_view path) {
  const Place at = open_parent(path, false);
  const UniqueFd fd(::openat(at.folder, at.name.c_str(),
                             O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644));
  if (!fd.valid()) fail("empty ", path);
}

}  // namespace mlrepro
