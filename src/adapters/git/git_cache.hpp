// Repositories of others, fetched by libgit2 into bare repositories of our own, and what a commit holds.
//
//   ROOT/HEX/        bare repository; HEX: SHA-256 of the URL without credentials
//   ROOT/HEX.lock    flock()ed while it is fetched into
//
// Objects are checked against their names by git itself; a commit that is here is whole and never fetched
// again. Proxies, "insteadOf" and known hosts of ssh are git's own configuration. Names and passwords come
// out of the URL, else out of ~/.netrc, keys of ssh from the agent or ~/.ssh; none of them is stored or told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/progress.hpp"
#include "tree/canonical_tree.hpp"

namespace mlrepro {

struct GitCommit {
  std::string commit;  // 40 hex digits
  std::string tree;    // of the commit
};

class GitCache {
 public:
  GitCache(std::filesystem::path root, bool offline, Progress& progress);

  // What `revision` means at `url` (https, http, ssh, file, git) now: a branch, else a tag (an annotated one:
  // its commit), else a whole reference ("refs/pull/1/head"), else a commit, whole or its first 4 digits and
  // more; empty: the default branch. The network is not asked for a whole commit that is here. Throws
  // Error(input, "git-repository"|"git-revision") where there is none, with the nearest names;
  // Error(surroundings, "offline"|"git") where it cannot be told.
  [[nodiscard]] GitCommit resolve(const std::string& url, const std::string& revision) const;

  // The commit's tree; submodules lie in it at the commits it names, to any depth, but those that
  // .gitmodules says are not checked out. Fetches what is not here. Contents are read from the cache while
  // the tree is written, which must outlive it no longer than this object. Throws as resolve() does, and
  // Error(input, "bad-source") for a submodule without a place to come from.
  [[nodiscard]] CanonicalTree tree(const std::string& url, const std::string& commit) const;

  // A file of that commit, at most `most` bytes of it; absent where there is none at `path`.
  [[nodiscard]] std::optional<std::string> text(const std::string& url, const std::string& commit,
                                                const std::string& path, std::size_t most) const;

  // What the tags at `url` say now of that commit: "v1.0-3-gabc1234", as `git describe --tags --long` with
  // nine digits; "0.0-N-gabc1234" where no tag with a digit is before it, N the number of commits. Asks for
  // all tags; offline those of the cache count.
  [[nodiscard]] std::string described(const std::string& url, const std::string& commit) const;

 private:
  std::filesystem::path root_;
  bool offline_;
  Progress& progress_;
};

}  // namespace mlrepro
