// Owners of libgit2's objects, for the .cpp files of this room only.
#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "adapters/git/git_library.hpp"
#include "base/handle.hpp"

namespace mlrepro::git {

using Repository = std::unique_ptr<git_repository, Deleter<git_repository_free>>;
using Reference = std::unique_ptr<git_reference, Deleter<git_reference_free>>;
using Object = std::unique_ptr<git_object, Deleter<git_object_free>>;
using Commit = std::unique_ptr<git_commit, Deleter<git_commit_free>>;
using Tree = std::unique_ptr<git_tree, Deleter<git_tree_free>>;
using Blob = std::unique_ptr<git_blob, Deleter<git_blob_free>>;
using Diff = std::unique_ptr<git_diff, Deleter<git_diff_free>>;
using Index = std::unique_ptr<git_index, Deleter<git_index_free>>;
using Remote = std::unique_ptr<git_remote, Deleter<git_remote_free>>;

// libgit2 counts its users.
class Library {
 public:
  Library() {
    load_git();
    git_libgit2_init();
    // A repository that another user owns is only read here.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { git_libgit2_shutdown(); }
};

inline std::string last_reason() {
  const git_error* error = git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "unknown reason";
}

inline std::string hex(const git_oid* id) {
  char text[GIT_OID_HEXSZ + 1] = {};
  git_oid_tostr(text, sizeof text, id);
  return text;
}

}  // namespace mlrepro::git
