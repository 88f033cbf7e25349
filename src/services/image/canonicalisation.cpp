#include "services/image/canonicalisation.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "services/image/canonical_bytes.hpp"
#include "tree/disk_entry.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace {

struct Child {
  std::string name;
  struct stat info;
};

UniqueFd open_folder(int at, const std::string& name, const std::string& path) {
  UniqueFd fd(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) throw system_error(errno, "open folder " + path);
  return fd;
}

std::vector<Child> children(int folder, const std::string& path) {
  std::vector<Child> found;
  for (auto& name : names_in(folder, path)) {
    Child child{std::move(name), {}};
    if (::fstatat(folder, child.name.c_str(), &child.info, AT_SYMLINK_NOFOLLOW) != 0)
      throw system_error(errno, "stat " + path + "/" + child.name);
    found.push_back(std::move(child));
  }
  return found;
}

// With `folders` also those that are empty then.
void remove_below(int folder, const std::string& path, bool folders, const KeepEntry& keep) {
  for (const auto& child : children(folder, path)) {
    const std::string child_path = path + "/" + child.name;
    const bool kept = keep && keep(child_path, child.info);
    int flag = 0;
    if (S_ISDIR(child.info.st_mode)) {
      remove_below(open_folder(folder, child.name, child_path).get(), child_path, folders, keep);
      if (!folders) continue;
      flag = AT_REMOVEDIR;
    }
    if (kept || ::unlinkat(folder, child.name.c_str(), flag) == 0) continue;
    // What is kept in it keeps it.
    if (flag == AT_REMOVEDIR && errno == ENOTEMPTY) continue;
    throw system_error(errno, "remove " + child_path);
  }
}

void remove_in(SafeFolder& tree, const std::string& path, bool folders, const KeepEntry& keep) {
  const auto info = tree.status(path);
  if (!info || !S_ISDIR(info->st_mode)) return;
  const auto at = tree.place(path);
  remove_below(open_folder(at.folder, at.name, path).get(), path, folders, keep);
}

bool dangles(SafeFolder& tree, const std::string& path) {
  const auto info = tree.status(path);
  if (!info || !S_ISLNK(info->st_mode)) return false;
  const auto at = tree.place(path);
  const std::string target = read_link(at.folder, at.name, path);
  if (target.find('/') != std::string::npos || target == "." || target == "..") return false;
  return !tree.status(path.substr(0, path.rfind('/') + 1) + target);
}

// In place, so that owner, mode and the other names of the file stay.
void rewrite(SafeFolder& tree, const std::string& path,
             const std::function<std::string(std::string_view)>& form) {
  constexpr std::uint64_t most = std::uint64_t{256} << 20;
  const auto before = tree.read(path, most);
  if (!before) return;
  const std::string after = form(*before);
  if (after == *before) return;
  const auto at = tree.place(path);
  const UniqueFd fd(::openat(at.folder, at.name.c_str(), O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) throw system_error(errno, "write " + path);
  write_all(fd.get(), after, path);
}

void apply(SafeFolder& tree, const Canonicalisation& item, const std::string& path, std::int64_t epoch,
           const KeepEntry& keep) {
  const auto info = tree.status(path);
  if (!info) return;
  const bool kept = keep && keep(path, *info);
  if (kept && !S_ISDIR(info->st_mode)) return;
  switch (item.action) {
    case CanonicalAction::remove:
      if (kept) return remove_in(tree, path, true, keep);
      tree.remove(path);
      return;
    case CanonicalAction::clear: remove_in(tree, path, true, keep); return;
    case CanonicalAction::empty:
      if (S_ISREG(info->st_mode)) tree.truncate(path);
      return;
    case CanonicalAction::remove_files: remove_in(tree, path, false, keep); return;
    case CanonicalAction::remove_dangling:
      if (dangles(tree, path)) tree.remove(path);
      return;
    case CanonicalAction::sort_lines: rewrite(tree, path, sorted_lines); return;
    case CanonicalAction::sort_listing: rewrite(tree, path, sorted_listing); return;
    case CanonicalAction::undate_octave: rewrite(tree, path, undated_octave); return;
    case CanonicalAction::date_keystore:
      rewrite(tree, path, [&](std::string_view bytes) { return dated_keystore(bytes, epoch); });
      return;
  }
}

// The paths that a pattern means, component by component.
std::vector<std::string> matches(SafeFolder& tree, std::string_view pattern) {
  std::vector<std::string> found{std::string()};
  for (const auto component : split(pattern, '/')) {
    std::vector<std::string> next;
    for (const auto& folder : found) {
      const std::string prefix = folder.empty() ? folder : folder + "/";
      if (component.find_first_of("*?") == std::string_view::npos) {
        next.push_back(prefix + std::string(component));
        continue;
      }
      const auto info = tree.status(folder);
      if (!info || !S_ISDIR(info->st_mode)) continue;
      const auto at = tree.place(folder);
      for (const auto& child : children(open_folder(at.folder, at.name, folder).get(), folder)) {
        if (::fnmatch(std::string(component).c_str(), child.name.c_str(), 0) == 0)
          next.push_back(prefix + child.name);
      }
    }
    found = std::move(next);
  }
  std::sort(found.begin(), found.end());
  return found;
}

class Clamp {
 public:
  Clamp(const PathLedger& ledger, std::int64_t epoch) : ledger_(ledger), epoch_(epoch) {}

  void folder(int fd, const std::string& path) const {
    for (const auto& child : children(fd, path)) {
      const std::string child_path = path.empty() ? child.name : path + "/" + child.name;
      if (S_ISDIR(child.info.st_mode)) folder(open_folder(fd, child.name, child_path).get(), child_path);
      std::int64_t wanted = epoch_;
      // Hard links share one time, and which of their names a package brought must not decide.
      if (!S_ISDIR(child.info.st_mode) && child.info.st_nlink == 1) {
        const std::int64_t* brought = ledger_.mtime_of(child_path);
        if (brought != nullptr && *brought == child.info.st_mtim.tv_sec) wanted = std::min(*brought, epoch_);
      }
      if (child.info.st_mtim.tv_sec == wanted && child.info.st_mtim.tv_nsec == 0) continue;
      set(fd, child.name, wanted, child_path);
    }
  }

 private:
  static void set(int fd, const std::string& name, std::int64_t time, const std::string& path) {
    const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, timespec{static_cast<time_t>(time), 0}};
    if (::utimensat(fd, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
      throw system_error(errno, "set the time of " + path);
  }

  const PathLedger& ledger_;
  std::int64_t epoch_;
};

void set_folder_time(int folder, timespec time, const std::string& path) {
  const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, time};
  if (::futimens(folder, times.data()) != 0) throw system_error(errno, "set the time of " + path);
}

}  // namespace

void canonicalise(const std::filesystem::path& tree, std::int64_t source_date_epoch, const KeepEntry& keep) {
  SafeFolder folder(tree);
  for (const auto& item : canonicalisations) {
    for (const auto& path : matches(folder, item.pattern))
      apply(folder, item, path, source_date_epoch, keep);
  }
}

void clamp_times(const std::filesystem::path& tree, const PathLedger& ledger,
                 std::int64_t source_date_epoch) {
  const UniqueFd root = open_file(tree, O_RDONLY | O_DIRECTORY);
  Clamp(ledger, source_date_epoch).folder(root.get(), {});
}

void clamp_folder_time(const std::filesystem::path& folder, std::int64_t source_date_epoch) {
  const UniqueFd fd = open_file(folder, O_RDONLY | O_DIRECTORY);
  set_folder_time(fd.get(), timespec{static_cast<time_t>(source_date_epoch), 0}, folder.string());
}

void copy_folder_time(const std::filesystem::path& from, const std::filesystem::path& to) {
  const UniqueFd source = open_file(from, O_RDONLY | O_DIRECTORY);
  const UniqueFd target = open_file(to, O_RDONLY | O_DIRECTORY);
  struct stat info {};
  if (::fstat(source.get(), &info) != 0) throw system_error(errno, "stat " + from.string());
  set_folder_time(target.get(), info.st_mtim, to.string());
}

}  // namespace mlrepro
