#include "adapters/git/checkout.hpp"

#include <algorithm>

#include "adapters/git/work_tree.hpp"

namespace mlrepro {
namespace {

using namespace git;

int append_line(const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line, void* user) {
  auto& patch = *static_cast<std::string*>(user);
  constexpr std::size_t limit = std::size_t{256} << 20;
  if (patch.size() + line->content_len > limit) return GIT_EUSER;
  if (line->origin == '+' || line->origin == '-' || line->origin == ' ') patch.push_back(line->origin);
  patch.append(line->content, line->content_len);
  return 0;
}

std::string head_commit(git_repository* repository, Object& tree) {
  git_reference* raw = nullptr;
  if (git_repository_head(&raw, repository) != 0) return "";  // unborn
  const Reference head(raw);
  git_object* commit = nullptr;
  if (git_reference_peel(&commit, head.get(), GIT_OBJECT_COMMIT) != 0) return "";
  const Object owned(commit);
  git_object* peeled = nullptr;
  if (git_object_peel(&peeled, commit, GIT_OBJECT_TREE) == 0) tree.reset(peeled);
  return hex(git_object_id(commit));
}

}  // namespace

std::optional<GitState> read_git_state(const std::filesystem::path& folder) {
  const Library library;
  const auto [repository, root] = open_work_tree(folder);
  if (!repository) return std::nullopt;

  GitState state;
  state.root = root;
  Object tree;
  state.commit = head_commit(repository.get(), tree);

  git_diff_options options;
  must(git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION), folder);
  options.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS;
  options.id_abbrev = GIT_OID_HEXSZ;
  git_diff* raw_diff = nullptr;
  must(git_diff_tree_to_workdir_with_index(&raw_diff, repository.get(),
                                           reinterpret_cast<git_tree*>(tree.get()), &options),
       folder);
  const Diff diff(raw_diff);
  for (std::size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff.get(), i);
    if (delta->status == GIT_DELTA_UNTRACKED) state.untracked.emplace_back(delta->new_file.path);
  }
  std::sort(state.untracked.begin(), state.untracked.end());
  must(git_diff_print(diff.get(), GIT_DIFF_FORMAT_PATCH, append_line, &state.patch), folder);

  git_remote* raw_remote = nullptr;
  if (git_remote_lookup(&raw_remote, repository.get(), "origin") == 0) {
    const Remote remote(raw_remote);
    if (const char* url = git_remote_url(remote.get())) state.remote = url;
  }
  return state;
}

}  // namespace mlrepro
