#include "adapters/git/git_library.hpp"

#include <git2.h>

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define GIT_FUNCTIONS(each)                   \
  each(git_blob_free)                         \
  each(git_blob_lookup)                       \
  each(git_blob_rawcontent)                   \
  each(git_blob_rawsize)                      \
  each(git_buf_dispose)                       \
  each(git_commit_free)                       \
  each(git_commit_id)                         \
  each(git_commit_tree)                       \
  each(git_commit_tree_id)                    \
  each(git_credential_ssh_key_from_agent)     \
  each(git_credential_ssh_key_new)            \
  each(git_credential_username_new)           \
  each(git_credential_userpass_plaintext_new) \
  each(git_describe_commit)                   \
  each(git_describe_format)                   \
  each(git_describe_result_free)              \
  each(git_diff_free)                         \
  each(git_diff_get_delta)                    \
  each(git_diff_index_to_workdir)             \
  each(git_diff_num_deltas)                   \
  each(git_diff_options_init)                 \
  each(git_diff_print)                        \
  each(git_diff_tree_to_workdir_with_index)   \
  each(git_error_last)                        \
  each(git_ignore_path_is_ignored)            \
  each(git_index_entrycount)                  \
  each(git_index_free)                        \
  each(git_index_get_byindex)                 \
  each(git_libgit2_features)                  \
  each(git_libgit2_init)                      \
  each(git_libgit2_opts)                      \
  each(git_libgit2_shutdown)                  \
  each(git_object_free)                       \
  each(git_object_id)                         \
  each(git_object_peel)                       \
  each(git_odb_free)                          \
  each(git_odb_read_header)                   \
  each(git_oid_tostr)                         \
  each(git_reference_free)                    \
  each(git_reference_peel)                    \
  each(git_reference_remove)                  \
  each(git_remote_connect_ext)                \
  each(git_remote_create_anonymous)           \
  each(git_remote_fetch)                      \
  each(git_remote_free)                       \
  each(git_remote_lookup)                     \
  each(git_remote_ls)                         \
  each(git_remote_url)                        \
  each(git_repository_free)                   \
  each(git_repository_head)                   \
  each(git_repository_index)                  \
  each(git_repository_init)                   \
  each(git_repository_odb)                    \
  each(git_repository_open_bare)              \
  each(git_repository_open_ext)               \
  each(git_repository_workdir)                \
  each(git_revparse_single)                   \
  each(git_revwalk_free)                      \
  each(git_revwalk_new)                       \
  each(git_revwalk_next)                      \
  each(git_revwalk_push)                      \
  each(git_strarray_dispose)                  \
  each(git_tag_list)                          \
  each(git_tree_entry_byindex)                \
  each(git_tree_entry_byname)                 \
  each(git_tree_entry_filemode)               \
  each(git_tree_entry_id)                     \
  each(git_tree_entry_name)                   \
  each(git_tree_entry_type)                   \
  each(git_tree_entrycount)                   \
  each(git_tree_free)                         \
  each(git_tree_lookup)
// clang-format on

GIT_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

void load_git() {
  static const LateLibrary library("libgit2.so." LIBGIT2_SOVERSION, {GIT_FUNCTIONS(MLREPRO_LATE_ENTRY)});
}

}  // namespace mlrepro
