#include "services/sources/local_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "adapters/git/unignored_files.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "tree/disk_source.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view left_folders[] = {
    ".git",        ".hg",  ".svn", ".bzr",  "__pycache__", ".mypy_cache", ".pytest_cache",      ".ruff_cache",
    ".hypothesis", ".tox", ".nox", ".eggs", ".venv",       ".mlrepro",    ".ipynb_checkpoints",
};

bool is_leftover(std::string_view path) {
  const auto parts = split(path, '/');
  if (parts.size() > 1 && (parts[0] == "build" || parts[0] == "dist")) return true;
  if (parts.size() == 1 && parts[0] == "mlrepro.lock") return true;
  for (const auto part : parts) {
    if (std::find(std::begin(left_folders), std::end(left_folders), part) != std::end(left_folders))
      return true;
    if (part.ends_with(".egg-info")) return true;
  }
  return parts.back().ends_with(".pyc") || parts.back().ends_with(".pyo");
}

// Names of all that lies in a folder; of virtual environments nothing.
class Names final : public TreeSink {
 public:
  std::vector<std::string> paths;
  void add(const TreeEntry& entry, const Content&) override {
    if (entry.type != EntryType::directory) paths.push_back(entry.path);
  }
  void finish() override {}
};

std::vector<WorkFile> all_files(const fs::path& folder) {
  Names names;
  push_folder(
      folder,
      [&](std::string_view path, EntryType type) {
        if (type != EntryType::directory) return is_leftover(path) ? Choice::skip : Choice::take;
        std::error_code ignored;
        const bool left =
            is_leftover(std::string(path) + "/x") || fs::exists(folder / path / "pyvenv.cfg", ignored);
        return left ? Choice::skip : Choice::take;
      },
      names);
  std::vector<WorkFile> files;
  for (auto& path : names.paths)
    files.push_back({std::move(path), false});
  return files;
}

void add_path(CanonicalTree& tree, const fs::path& folder, const std::string& path) {
  const fs::path whole = folder / path;
  struct stat info {};
  if (::lstat(whole.c_str(), &info) != 0) throw system_error(errno, "read " + path);
  if (S_ISLNK(info.st_mode)) return tree.add_link(path, fs::read_symlink(whole).string());
  if (!S_ISREG(info.st_mode)) {
    throw Error(ErrorKind::input, "bad-source", path + " is neither file, folder nor link",
                "remove it from " + folder.string());
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  tree.add_file(path, (info.st_mode & 0100U) != 0, size, [whole, path](const auto& piece) {
    const UniqueFd fd = open_file(whole, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    read_chunks(fd.get(), path, piece);
  });
}

}  // namespace

CanonicalTree local_tree(const fs::path& folder, const LeaveOut& leave_out) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw Error(ErrorKind::input, "source-missing", "there is no folder " + folder.string(),
                "check the path in the requirement");
  }
  const auto checkout = unignored_files(folder);
  CanonicalTree tree;
  for (const auto& file : checkout ? *checkout : all_files(folder)) {
    if (!file.tracked && is_leftover(file.path)) continue;
    if (file.path == "mlrepro.lock" || (leave_out && leave_out(file.path))) continue;
    add_path(tree, folder, file.path);
  }
  if (tree.empty())
    throw Error(ErrorKind::input, "bad-source", "nothing of a project is in " + folder.string());
  return tree;
}

}  // namespace mlrepro
