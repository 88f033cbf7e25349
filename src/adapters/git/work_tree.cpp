#include "adapters/git/work_tree.hpp"

#include "base/error.hpp"

namespace mlrepro::git {

void must(int code, const std::filesystem::path& folder) {
  if (code >= 0) return;
  throw Error(ErrorKind::surroundings, "git",
              "cannot read the git checkout " + folder.string() + ": " + last_reason());
}

WorkTree open_work_tree(const std::filesystem::path& folder) {
  git_repository* raw = nullptr;
  const int opened = git_repository_open_ext(&raw, folder.c_str(), GIT_REPOSITORY_OPEN_CROSS_FS, nullptr);
  if (opened == GIT_ENOTFOUND) return {};
  must(opened, folder);
  Repository repository(raw);
  const char* root = git_repository_workdir(raw);
  if (root == nullptr) return {};
  return {std::move(repository), root};
}

}  // namespace mlrepro::git
