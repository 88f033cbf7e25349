#include "services/run/replay_folder.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "services/provenance/data_state.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

void copy_tree(const fs::path& from, const fs::path& to, const std::string& name,
               const std::vector<std::string>& outputs) {
  make_directories(to);
  fs::permissions(to, fs::status(from).permissions());
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string leaf = entry.path().filename().string();
    const std::string below = name.empty() ? leaf : name + "/" + leaf;
    if (below == ".mlrepro" || below == ".git") continue;
    if (entry.is_directory() && !entry.is_symlink()) {
      copy_tree(entry.path(), to / leaf, below, outputs);
    } else if (std::none_of(outputs.begin(), outputs.end(),
                            [&](const auto& glob) { return matches_glob(glob, below); })) {
      fs::copy(entry.path(), to / leaf, fs::copy_options::copy_symlinks);
    }
  }
}

}  // namespace

std::vector<MountConfig> redirect_mounts(const std::vector<MountConfig>& mounts, const fs::path& project,
                                         const fs::path& root, const std::vector<std::string>& outputs) {
  std::vector<MountConfig> redirected = mounts;
  for (auto& mount : redirected) {
    const fs::path relative = fs::path(mount.source).lexically_normal().lexically_relative(project);
    const bool outside = relative.empty() || *relative.begin() == "..";
    if (mount.read_only || outside || !fs::is_directory(mount.source)) continue;
    const std::string name = relative == "." ? "" : relative.generic_string();
    const fs::path copy = name.empty() ? root : root / name;
    copy_tree(mount.source, copy, name, outputs);
    mount.source = copy.string();
  }
  return redirected;
}

}  // namespace mlrepro
