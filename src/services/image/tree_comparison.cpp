#include "services/image/tree_comparison.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/handle.hpp"
#include "services/image/archive_comparison.hpp"
#include "services/image/differing_bytes.hpp"
#include "tree/disk_entry.hpp"

namespace mlrepro {
namespace {

const char* type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return "a folder";
    case S_IFLNK: return "a link";
    case S_IFREG: return "a file";
    case S_IFIFO: return "a fifo";
    case S_IFCHR: return "a character device";
    case S_IFBLK: return "a block device";
    default: return "a socket";
  }
}

std::string octal(mode_t mode) {
  std::string text;
  for (unsigned shift = 12; shift > 0; shift -= 3)
    text.push_back(static_cast<char>('0' + ((mode >> (shift - 3)) & 7U)));
  return text;
}

class Side {
 public:
  explicit Side(const std::filesystem::path& root) : root_(open_file(root, O_RDONLY | O_DIRECTORY)) {}
  [[nodiscard]] int root() const { return root_.get(); }

  // The path of the first name of the same file, where this is a later one.
  std::string first_name(const struct stat& info, const std::string& path) {
    if (info.st_nlink < 2 || S_ISDIR(info.st_mode)) return {};
    auto& names = links_[info.st_dev];
    const auto [first, fresh] = names.try_emplace(info.st_ino, path);
    return fresh ? std::string() : first->second;
  }

 private:
  UniqueFd root_;
  std::map<dev_t, std::unordered_map<ino_t, std::string>> links_;
};

UniqueFd open_child(int folder, const std::string& name, int flags, const std::string& path) {
  UniqueFd fd(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags));
  if (!fd.valid()) throw system_error(errno, "open " + path);
  return fd;
}

class Comparison {
 public:
  Comparison(const std::filesystem::path& first, const std::filesystem::path& second)
      : first_(first), second_(second) {}

  std::vector<TreeDifference> run() {
    folders(first_.root(), second_.root(), {});
    return std::move(found_);
  }

 private:
  void note(const std::string& path, std::string how) {
    if (!how.empty()) found_.push_back({path, std::move(how)});
  }

  void folders(int a, int b, const std::string& parent) {
    const auto left = names_in(a, parent);
    const auto right = names_in(b, parent);
    auto one = left.begin();
    auto other = right.begin();
    while (one != left.end() || other != right.end()) {
      const bool left_only = other == right.end() || (one != left.end() && *one < *other);
      const bool right_only = !left_only && (one == left.end() || *other < *one);
      const std::string& name = right_only ? *other : *one;
      const std::string path = parent.empty() ? name : parent + "/" + name;
      if (left_only) {
        note(path, "only in the first build");
      } else if (right_only) {
        note(path, "only in the second build");
      } else {
        entries(a, b, name, path);
      }
      if (!right_only) ++one;
      if (!left_only) ++other;
    }
  }

  void entries(int a, int b, const std::string& name, const std::string& path) {
    struct stat left {};
    struct stat right {};
    for (const auto& [folder, info] : {std::pair{a, &left}, std::pair{b, &right}}) {
      if (::fstatat(folder, name.c_str(), info, AT_SYMLINK_NOFOLLOW) != 0)
        throw system_error(errno, "stat " + path);
    }
    if ((left.st_mode & S_IFMT) != (right.st_mode & S_IFMT)) {
      note(path, std::string(type_name(left.st_mode)) + "/" + type_name(right.st_mode));
      return;
    }
    std::vector<std::string> ways;
    const auto differ = [&](const char* what, const std::string& one, const std::string& other) {
      if (one != other) ways.push_back(std::string(what) + " " + one + "/" + other);
    };
    differ("mode", octal(left.st_mode & 07777U), octal(right.st_mode & 07777U));
    differ("owner", owner(left), owner(right));
    differ("time", time(left), time(right));
    differ("device", device(left), device(right));
    const std::string before = first_.first_name(left, path);
    const std::string after = second_.first_name(right, path);
    differ("hard link to", before.empty() ? "none" : before, after.empty() ? "none" : after);
    UniqueFd one;
    UniqueFd other;
    if (S_ISLNK(left.st_mode)) {
      differ("target", literal(read_link(a, name, path)), literal(read_link(b, name, path)));
    } else if (S_ISDIR(left.st_mode) || S_ISREG(left.st_mode)) {
      const int flags = S_ISDIR(left.st_mode) ? O_DIRECTORY : 0;
      one = open_child(a, name, flags, path);
      other = open_child(b, name, flags, path);
      compare_attributes(one.get(), other.get(), path, ways);
      // Another name of a file that was compared has nothing new to say.
      if (S_ISREG(left.st_mode) && (before.empty() || before != after))
        compare_bytes(one.get(), other.get(), left, right, path, ways);
    }
    std::string how;
    for (const auto& way : ways)
      how += (how.empty() ? "" : "; ") + way;
    note(path, std::move(how));
    if (S_ISDIR(left.st_mode)) folders(one.get(), other.get(), path);
  }

  static std::string owner(const struct stat& info) {
    return std::to_string(info.st_uid) + ":" + std::to_string(info.st_gid);
  }

  static std::string time(const struct stat& info) { return format_rfc3339(info.st_mtim.tv_sec); }

  static std::string device(const struct stat& info) {
    if (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode)) return {};
    return std::to_string(major(info.st_rdev)) + "," + std::to_string(minor(info.st_rdev));
  }

  static void compare_attributes(int a, int b, const std::string& path, std::vector<std::string>& ways) {
    const auto left = read_xattrs(a, path);
    const auto right = read_xattrs(b, path);
    if (left == right) return;
    std::map<std::string, std::pair<std::string, std::string>> both;
    for (const auto& [name, value] : left)
      both[name] = {literal(value), "none"};
    for (const auto& [name, value] : right) {
      auto& pair = both[name];
      if (pair.first.empty()) pair.first = "none";
      pair.second = literal(value);
    }
    for (const auto& [name, values] : both) {
      if (values.first != values.second)
        ways.push_back("attribute " + name + " " + values.first + "/" + values.second);
    }
  }

  static void compare_bytes(int a, int b, const struct stat& left, const struct stat& right,
                            const std::string& path, std::vector<std::string>& ways) {
    if (left.st_size != right.st_size)
      ways.push_back("size " + std::to_string(left.st_size) + "/" + std::to_string(right.st_size));
    std::string bytes = differing_bytes(bytes_of_file(a, path), bytes_of_file(b, path));
    if (bytes.empty()) return;
    std::string members = differing_members(a, b, path);
    ways.push_back(members.empty() ? std::move(bytes) : std::move(members));
  }

  Side first_;
  Side second_;
  std::vector<TreeDifference> found_;
};

}  // namespace

std::vector<TreeDifference> compare_trees(const std::filesystem::path& first,
                                          const std::filesystem::path& second) {
  return Comparison(first, second).run();
}

}  // namespace mlrepro
