// Brings what a direct requirement names into the store, and brings it again from a lock alone.
//
//   archive    the bytes at the URL, checked against "#sha256="
//   git        the commit's tree with its submodules as canonical tar (tree/canonical_tree.hpp)
//   local      a file as it is; a folder as canonical tar
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "adapters/git/git_cache.hpp"
#include "adapters/net/http_client.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/sources/local_source.hpp"
#include "standards/python/direct_url.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct BroughtSource {
  PythonFile file;  // of a tree the name is "source.tar": its version is not known yet
  PythonOrigin origin;
  bool tree = false;
  // The lock's logical source: "git", "url" or "path".
  [[nodiscard]] std::string source() const;
};

// What the previous lock had for the same text of a requirement.
struct LockedSource {
  std::string commit;              // git
  std::optional<PythonFile> file;  // an archive by URL
  std::string described;           // PythonOrigin::described, of that commit
};

class SourceStore {
 public:
  // `folder`: where relative paths start. `cache` keeps repositories. All must outlive the object.
  SourceStore(std::filesystem::path folder, std::filesystem::path cache, bool offline, HttpClient& client,
              const BlobStore& store, Progress& progress, LeaveOut leave_out = {});

  // Throws Error(input, "source-missing") where nothing is there, "hash-mismatch" where it is another file
  // than asked for or locked; what GitCache, local_tree and HttpClient throw.
  [[nodiscard]] BroughtSource bring(const python::DirectUrl& url, const LockedSource& locked = {}) const;

  // The locked package's file, unless the store has it. `url`: with credentials, where the manifest has any;
  // else the lock's own. Throws Error(input, "source-changed") where what is there now is something else.
  void restore(const PythonPackage& package, const std::optional<std::string>& url = {}) const;

  // Of a package from a local path: whether what lies there is what was locked; absent, or the difference in
  // words ("./pkg is not what was locked").
  [[nodiscard]] std::optional<std::string> changed(const PythonPackage& package) const;

 private:
  [[nodiscard]] PythonFile download(const std::string& url, const std::string& name,
                                    const std::optional<Sha256>& expected) const;
  [[nodiscard]] PythonFile put_tree(const CanonicalTree& tree) const;
  [[nodiscard]] CanonicalTree tree_at(const std::filesystem::path& folder) const;
  [[nodiscard]] PythonFile put_file(const std::filesystem::path& path) const;
  // Whether a project's version is made of its repository's tags, by what its build files mention. `text`:
  // one of them by its path.
  using Text = std::function<std::optional<std::string>(const std::string& path)>;
  [[nodiscard]] static bool asks_for_tags(const std::string& subdirectory, const Text& text);
  // The address that git takes.
  [[nodiscard]] std::string repository(const std::string& url) const;
  [[nodiscard]] std::filesystem::path place(const std::string& path) const { return folder_ / path; }

  std::filesystem::path folder_;
  GitCache git_;
  HttpClient& client_;
  const BlobStore& store_;
  LeaveOut leave_out_;
};

}  // namespace mlrepro
