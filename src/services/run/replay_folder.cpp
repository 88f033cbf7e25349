#include "services/run/replay_folder.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/provenance/data_state.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

class Copier {
 public:
  Copier(const fs::path& project, const fs::path& root, const std::vector<std::string>& outputs,
         const fs::path& cache)
      : project_(project), root_(root), outputs_(outputs), cache_(cache.lexically_normal()) {}

  // Where the copy of `name`, a path below the project, lies. Overlapping mounts share one copy.
  fs::path copy(const std::string& name) {
    const fs::path from = name.empty() ? project_ : project_ / name;
    const fs::path to = name.empty() ? root_ : root_ / name;
    try {
      if (fs::is_directory(from)) {
        copy_tree(from, to, name);
      } else {
        make_directories(to.parent_path());
        if (is_output(name)) {
          write_file_atomically(to, "");
        } else {
          copy_file(fs::canonical(from), to);
        }
      }
    } catch (const fs::filesystem_error& error) {
      throw Error(ErrorKind::surroundings, "replay-copy",
                  std::string("what the run may write to cannot be copied for its replay: ") + error.what());
    }
    return to;
  }

 private:
  [[nodiscard]] bool is_output(const std::string& name) const {
    return std::any_of(outputs_.begin(), outputs_.end(),
                       [&](const auto& glob) { return matches_glob(glob, name); });
  }

  void copy_tree(const fs::path& from, const fs::path& to, const std::string& name) {
    make_directories(to);
    fs::permissions(to, fs::status(from).permissions());
    for (const auto& entry : fs::directory_iterator(from)) {
      const std::string leaf = entry.path().filename().string();
      const std::string below = name.empty() ? leaf : name + "/" + leaf;
      if (below == ".mlrepro" || below == ".git" || entry.path().lexically_normal() == cache_) continue;
      if (entry.is_directory() && !entry.is_symlink()) {
        copy_tree(entry.path(), to / leaf, below);
      } else if (!is_output(below)) {
        copy_file(entry.path(), to / leaf);
      }
    }
  }

  static void copy_file(const fs::path& from, const fs::path& to) {
    const auto type = fs::symlink_status(from).type();
    if (type != fs::file_type::regular && type != fs::file_type::symlink) return;
    if (fs::symlink_status(to).type() != fs::file_type::not_found) return;
    fs::copy(from, to, fs::copy_options::copy_symlinks);
  }

  const fs::path& project_;
  const fs::path& root_;
  const std::vector<std::string>& outputs_;
  fs::path cache_;
};

bool leads_out(const fs::path& relative) {
  return relative.empty() || *relative.begin() == "..";
}

std::string name_of(const fs::path& relative) {
  return relative == "." ? "" : relative.generic_string();
}

}  // namespace

std::vector<MountConfig> redirect_mounts(const std::vector<MountConfig>& mounts, const fs::path& project,
                                         const fs::path& root, const std::vector<std::string>& outputs,
                                         const fs::path& cache) {
  std::vector<MountConfig> redirected;
  Copier copier(project, root, outputs, cache);
  for (const auto& mount : mounts) {
    redirected.push_back(mount);
    if (mount.read_only) continue;
    const fs::path source = fs::path(mount.source).lexically_normal();
    const fs::path relative = source.lexically_relative(project);
    if (!leads_out(relative)) {
      redirected.back().source = copier.copy(name_of(relative)).string();
      continue;
    }
    redirected.back().read_only = true;
    const fs::path place = project.lexically_relative(source);
    if (leads_out(place)) continue;
    redirected.push_back(
        {copier.copy("").string(), (fs::path(mount.destination) / place).generic_string(), false});
  }
  return redirected;
}

}  // namespace mlrepro
