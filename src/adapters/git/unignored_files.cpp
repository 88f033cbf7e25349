#include "adapters/git/unignored_files.hpp"

#include <algorithm>
#include <map>

#include "adapters/git/work_tree.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using namespace git;

constexpr int deepest_module = 16;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  const auto status = fs::symlink_status(path, ignored);
  return fs::is_regular_file(status) || fs::is_symlink(status);
}

// Adds what of `prefix` ("" or "sub/folder/") lies in the checkout, as paths below that, under `below`.
class Listing {
 public:
  std::map<std::string, bool> files;  // path -> tracked

  void checkout(git_repository* repository, const fs::path& root, const std::string& prefix,
                const std::string& below, int depth) {
    git_index* raw = nullptr;
    must(git_repository_index(&raw, repository), root);
    const Index index(raw);
    for (std::size_t i = 0; i < git_index_entrycount(raw); ++i) {
      const git_index_entry* entry = git_index_get_byindex(raw, i);
      const std::string path = entry->path;
      if (!path.starts_with(prefix)) continue;
      const std::string shown = below + path.substr(prefix.size());
      if (entry->mode == GIT_FILEMODE_COMMIT) {
        module(root / path, shown + "/", depth);
      } else if (is_there(root / path)) {
        files[shown] = true;
      }
    }
    untracked(repository, root, prefix, below);
  }

 private:
  void untracked(git_repository* repository, const fs::path& root, const std::string& prefix,
                 const std::string& below) {
    git_diff_options options;
    must(git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION), root);
    options.flags =
        GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS | GIT_DIFF_DISABLE_PATHSPEC_MATCH;
    std::string spec = prefix;
    char* specs[] = {spec.data()};
    if (!prefix.empty()) options.pathspec = {specs, 1};
    git_diff* raw = nullptr;
    must(git_diff_index_to_workdir(&raw, repository, nullptr, &options), root);
    const Diff diff(raw);
    for (std::size_t i = 0; i < git_diff_num_deltas(raw); ++i) {
      const git_diff_delta* delta = git_diff_get_delta(raw, i);
      const std::string path = delta->new_file.path;
      if (delta->status == GIT_DELTA_UNTRACKED && path.starts_with(prefix) && is_there(root / path))
        files.emplace(below + path.substr(prefix.size()), false);
    }
  }

  void module(const fs::path& folder, const std::string& below, int depth) {
    git_repository* raw = nullptr;
    if (depth >= deepest_module ||
        git_repository_open_ext(&raw, folder.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) < 0)
      return;  // not checked out
    const Repository repository(raw);
    checkout(raw, folder, "", below, depth + 1);
  }
};

}  // namespace

std::optional<std::vector<WorkFile>> unignored_files(const fs::path& folder) {
  const Library library;
  const WorkTree tree = open_work_tree(folder);
  if (!tree.repository) return std::nullopt;
  git_repository* const repository = tree.repository.get();
  const fs::path root = fs::weakly_canonical(tree.root);
  std::string prefix = fs::weakly_canonical(folder).lexically_relative(root).generic_string();
  if (prefix == ".") prefix.clear();
  if (prefix.starts_with("..")) return std::nullopt;
  if (!prefix.empty()) {
    prefix += '/';
    int ignored = 0;
    must(git_ignore_path_is_ignored(&ignored, repository, prefix.c_str()), folder);
    if (ignored != 0) return std::nullopt;
  }
  Listing listing;
  listing.checkout(repository, root, prefix, "", 0);
  std::vector<WorkFile> files;
  for (const auto& [path, tracked] : listing.files)
    files.push_back({path, tracked});
  return files;
}

}  // namespace mlrepro
