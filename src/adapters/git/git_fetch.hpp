// One conversation with a remote repository.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/git/git_handle.hpp"
#include "base/progress.hpp"

namespace mlrepro::git {

// The bare repository at `folder`, made if missing.
[[nodiscard]] Repository open_cache(const std::filesystem::path& folder);

struct RemoteReference {
  std::string name;  // "HEAD", "refs/heads/main", "refs/tags/v1"
  git_oid id;        // of a tag: perhaps of its own object
};

class Conversation {
 public:
  // `url` may hold credentials. Connects; throws Error(input, "git-repository") where there is no such
  // repository, Error(surroundings, "git") where nobody answers or nobody is let in.
  Conversation(git_repository* repository, const std::string& url, Progress& progress);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation();

  [[nodiscard]] const std::vector<RemoteReference>& references() const noexcept { return references_; }
  // Brings what the refspecs name with all history.
  void fetch(const std::vector<std::string>& refspecs);
  // A commit that no reference shows, where the server gives it out. Returns whether it did.
  bool fetch_commit(const std::string& commit);

 private:
  struct Account;  // for the callbacks
  [[noreturn]] void fail() const;
  git_fetch_options options() const;
  int try_fetch(const std::vector<std::string>& refspecs);

  std::string shown_;        // the URL without credentials
  std::string authorities_;  // of certificates, and who names them; empty: the library's own
  std::unique_ptr<Account> account_;
  Remote remote_;
  std::vector<RemoteReference> references_;
};

}  // namespace mlrepro::git
