#include "services/run/program_lookup.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

enum class Found { no, unusable, yes };

Found look(const fs::path& root, const std::string& path) {
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) return Found::no;
  const UniqueFd folder = open_file(root, O_PATH | O_DIRECTORY);
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;  // absolute links mean the container's files
  const auto opened = ::syscall(SYS_openat2, folder.get(), path.c_str(), &how, sizeof how);
  const UniqueFd file(static_cast<int>(opened));
  if (!file.valid()) return Found::no;
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Found::no;
  return S_ISREG(info.st_mode) && (info.st_mode & 0111U) != 0 ? Found::yes : Found::unusable;
}

Found look_under_mounts(const fs::path& rootfs, const std::vector<MountConfig>& mounts,
                        const std::string& absolute) {
  const MountConfig* deepest = nullptr;
  for (const auto& mount : mounts) {
    const std::string& at = mount.destination;
    const bool covers = absolute == at || absolute.starts_with(at.ends_with('/') ? at : at + "/");
    if (covers && (deepest == nullptr || at.size() > deepest->destination.size())) deepest = &mount;
  }
  if (deepest == nullptr) return look(rootfs, absolute);
  std::string below = absolute.substr(deepest->destination.size());
  if (!below.empty()) return look(deepest->source, below);
  return ::access(deepest->source.c_str(), X_OK) == 0 ? Found::yes : Found::unusable;
}

}  // namespace

void check_program(const fs::path& rootfs, const std::vector<MountConfig>& mounts, const std::string& command,
                   const std::string& path, const std::string& workdir) {
  Found found = Found::no;
  if (command.find('/') != std::string::npos) {
    const fs::path absolute = command.starts_with('/') ? fs::path(command) : fs::path(workdir) / command;
    found = look_under_mounts(rootfs, mounts, absolute.lexically_normal().string());
  } else {
    for (const auto folder : split(path, ':')) {
      if (folder.empty()) continue;
      const Found here = look_under_mounts(rootfs, mounts, std::string(folder) + "/" + command);
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
