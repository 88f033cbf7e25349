#include "services/run/program_lookup.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <deque>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

enum class Found { no, unusable, yes };

constexpr int most_links = 40;  // Linux's own limit

// Paths of the container, as it will see them: links are followed there, through mounts and out of them.
class Sight {
 public:
  Sight(const fs::path& rootfs, const std::vector<MountConfig>& mounts) : rootfs_(rootfs) {
    for (MountConfig mount : mounts) {
      // "/bin/tool" is mounted at "/usr/bin/tool" where /bin is a link.
      mount.destination = follow(mount.destination).string();
      mounts_.push_back(std::move(mount));
    }
  }

  [[nodiscard]] Found look(const std::string& path) const {
    const UniqueFd file = open(follow(path));
    struct stat info {};
    if (!file.valid() || ::fstat(file.get(), &info) != 0) return Found::no;
    return S_ISREG(info.st_mode) && (info.st_mode & 0111U) != 0 ? Found::yes : Found::unusable;
  }

 private:
  static void push_front(std::deque<std::string>& rest, const std::string& path) {
    const auto names = split(path, '/');
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      if (!name->empty() && *name != ".") rest.emplace_front(*name);
    }
  }

  // The path without links, as far as it exists; what follows stays as it is.
  [[nodiscard]] fs::path follow(const std::string& path) const {
    std::deque<std::string> rest;
    push_front(rest, path);
    fs::path at = "/";
    for (int links = 0; !rest.empty();) {
      const std::string name = std::move(rest.front());
      rest.pop_front();
      const fs::path next = name == ".." ? at.parent_path() : at / name;
      const UniqueFd file = open(next);
      struct stat info {};
      const bool link = file.valid() && ::fstat(file.get(), &info) == 0 && S_ISLNK(info.st_mode);
      if (!link || ++links > most_links) {
        at = next;
        continue;
      }
      const std::string target = target_of(file);
      if (target.starts_with('/')) at = "/";
      push_front(rest, target);
    }
    return at;
  }

  static std::string target_of(const UniqueFd& link) {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::readlinkat(link.get(), "", buffer.data(), buffer.size());
    return got <= 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

  // `path` has no link among its folders. Not valid where it is not there.
  [[nodiscard]] UniqueFd open(const fs::path& path) const {
    const std::string text = path.string();
    fs::path source = rootfs_;
    std::string below = text;
    std::size_t deepest = 0;
    for (const auto& mount : mounts_) {
      const std::string& over = mount.destination;
      if (over.size() < deepest || !(text == over || text.starts_with(over + "/"))) continue;
      deepest = over.size();
      source = mount.source;
      below = text.substr(over.size());
    }
    while (below.starts_with('/'))
      below.erase(0, 1);
    std::error_code ignored;
    if (below.empty())
      return fs::exists(source, ignored) ? open_file(fs::canonical(source), O_PATH) : UniqueFd();
    if (!fs::is_directory(source, ignored)) return {};
    const UniqueFd folder = open_file(source, O_PATH | O_DIRECTORY);
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW;
    how.resolve = RESOLVE_BENEATH;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder.get(), below.c_str(), &how, sizeof how)));
  }

  const fs::path& rootfs_;
  std::vector<MountConfig> mounts_;
};

}  // namespace

void check_program(const fs::path& rootfs, const std::vector<MountConfig>& mounts, const std::string& command,
                   const std::string& path, const std::string& workdir) {
  const Sight sight(rootfs, mounts);
  Found found = Found::no;
  if (command.find('/') != std::string::npos) {
    found = sight.look(command.starts_with('/') ? command : workdir + "/" + command);
  } else if (!command.empty()) {
    for (const auto folder : split(path, ':')) {
      const std::string file = std::string(folder) + "/" + command;
      const Found here = sight.look(folder.starts_with('/') ? file : workdir + "/" + file);
      if (here == Found::yes) return;
      if (here == Found::unusable) found = here;
    }
  }
  if (found == Found::yes) return;
  if (found == Found::unusable) {
    throw Error(ErrorKind::input, "command-not-executable",
                command + " is there, but it is no file that can be executed",
                "run it with its interpreter: python3 " + command);
  }
  throw Error(ErrorKind::input, "command-not-found", "there is no command " + command + " in the environment",
              "add the package that brings it to os.packages or python.requirements, then lock again");
}

}  // namespace mlrepro
