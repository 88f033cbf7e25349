#include "adapters/git/git_cache.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "adapters/git/describe.hpp"
#include "adapters/git/git_fetch.hpp"
#include "adapters/git/git_handle.hpp"
#include "adapters/git/gitmodules.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "codec/digest.hpp"
#include "standards/python/direct_url.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using namespace git;

constexpr int deepest_tree = 128;
constexpr int deepest_module = 16;
constexpr std::size_t largest_gitmodules = 1U << 20;

bool is_hex(const std::string& text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

fs::path folder_of(const fs::path& root, const std::string& url) {
  return root / sha256(python::without_userinfo(url)).hex();
}

[[noreturn]] void cannot(const std::string& what) {
  throw Error(ErrorKind::surroundings, "git", "cannot " + what + ": " + last_reason());
}

// The commit that `name` (a reference or a whole object name) stands for in the cache; absent where it is not
// here.
Object commit_named(git_repository* repository, const std::string& name) {
  git_object* raw = nullptr;
  if (git_revparse_single(&raw, repository, name.c_str()) < 0) return {};
  const Object found(raw);
  git_object* commit = nullptr;
  if (git_object_peel(&commit, raw, GIT_OBJECT_COMMIT) < 0) return {};
  return Object(commit);
}

GitCommit commit_of(const Object& commit) {
  const auto* object = reinterpret_cast<const git_commit*>(commit.get());
  return {hex(git_commit_id(object)), hex(git_commit_tree_id(object))};
}

const RemoteReference* reference(const Conversation& talk, const std::string& name) {
  const auto& all = talk.references();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& ref) { return ref.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string near_names(const Conversation& talk, const std::string& revision) {
  std::vector<std::string> names;
  for (const auto& ref : talk.references()) {
    for (const std::string_view kind : {"refs/heads/", "refs/tags/"}) {
      if (ref.name.starts_with(kind) && !ref.name.ends_with("^{}"))
        names.push_back(ref.name.substr(kind.size()));
    }
  }
  if (names.empty()) return "the repository has no branches and no tags";
  if (const auto near = nearest(revision, names)) return "did you mean " + *near + "?";
  constexpr std::size_t shown = 8;
  const bool more = names.size() > shown;
  if (more) names.erase(names.begin(), names.end() - static_cast<std::ptrdiff_t>(shown));
  return "it has " + join(names, ", ") + (more ? " and others" : "");
}

// Brings what `revision` means now; returns the name it has in the cache, empty where there is none such.
std::string bring(Conversation& talk, git_repository* repository, const std::string& revision) {
  if (revision.empty()) {
    if (reference(talk, "HEAD") == nullptr) return {};
    talk.fetch({"+HEAD:refs/cache/HEAD"});
    return "refs/cache/HEAD";
  }
  for (const std::string prefix : {"refs/heads/", "refs/tags/", ""}) {
    const std::string name = prefix + revision;
    if (!name.starts_with("refs/") || name.ends_with("^{}") || reference(talk, name) == nullptr) continue;
    const std::string here = "refs/cache/" + sha256(name).hex();  // a branch may be a folder of others later
    talk.fetch({"+" + name + ":" + here});
    return here;
  }
  if (!is_hex(revision) || revision.size() < 4 || revision.size() > GIT_OID_HEXSZ) return {};
  const std::string commit = to_lower(revision);
  const bool whole = commit.size() == GIT_OID_HEXSZ;
  if (whole) {
    for (const auto& ref : talk.references()) {
      if (hex(&ref.id) != commit || !ref.name.starts_with("refs/") || ref.name.ends_with("^{}")) continue;
      talk.fetch({"+" + ref.name + ":refs/cache/" + sha256(ref.name).hex()});
      return commit;
    }
    if (talk.fetch_commit(commit) && commit_named(repository, commit)) return commit;
  }
  talk.fetch({"+refs/heads/*:refs/cache/heads/*", "+refs/tags/*:refs/cache/tags/*"});
  return commit;
}

[[noreturn]] void refuse_revision(const Conversation& talk, const std::string& url,
                                  const std::string& revision) {
  const std::string what = revision.empty() ? "default branch" : "branch, tag or commit " + revision;
  throw Error(ErrorKind::input, "git-revision",
              "there is no " + what + " in " + python::without_userinfo(url), near_names(talk, revision));
}

// Those that the repository has no more.
void remove_other_tags(git_repository* repository, const Conversation& talk) {
  git_strarray tags{};
  if (git_tag_list(&tags, repository) < 0) cannot("read the tags");
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < tags.count; ++i) {
    const std::string name = "refs/tags/" + std::string(tags.strings[i]);
    if (reference(talk, name) == nullptr) gone.push_back(name);
  }
  git_strarray_dispose(&tags);
  for (const auto& name : gone)
    git_reference_remove(repository, name.c_str());
}

// A commit's tree, and the submodules' below it.
class Gatherer {
 public:
  Gatherer(const GitCache& cache, fs::path root, CanonicalTree& out)
      : cache_(cache), root_(std::move(root)), out_(out) {}

  void repository(const std::string& url, const std::string& commit, const std::string& below, int depth) {
    if (depth > deepest_module) {
      throw Error(ErrorKind::input, "bad-source",
                  "submodules of " + python::without_userinfo(url) + " lie in each other without an end");
    }
    (void)cache_.resolve(url, commit);
    const std::shared_ptr<git_repository> repository = open_cache(folder_of(root_, url));
    const Object found = commit_named(repository.get(), commit);
    git_tree* raw = nullptr;
    if (!found || git_commit_tree(&raw, reinterpret_cast<git_commit*>(found.get())) < 0)
      cannot("read the commit " + commit);
    const Tree tree(raw);
    Place place{repository, url, modules(repository.get(), tree.get()), depth};
    folder(place, tree.get(), "", below, 0);
  }

 private:
  struct Place {
    std::shared_ptr<git_repository> repository;  // contents are read later, while the tree is written
    std::string url;
    std::map<std::string, Submodule> modules;
    int depth;
  };

  static std::map<std::string, Submodule> modules(git_repository* repository, const git_tree* tree) {
    const git_tree_entry* entry = git_tree_entry_byname(tree, ".gitmodules");
    if (entry == nullptr || git_tree_entry_type(entry) != GIT_OBJECT_BLOB) return {};
    git_blob* raw = nullptr;
    if (git_blob_lookup(&raw, repository, git_tree_entry_id(entry)) < 0) cannot("read .gitmodules");
    const Blob blob(raw);
    const auto size = static_cast<std::size_t>(git_blob_rawsize(raw));
    if (size > largest_gitmodules) return {};
    return parse_gitmodules({static_cast<const char*>(git_blob_rawcontent(raw)), size});
  }

  // `inside`: the path in this repository; `below`: where that lies in the whole.
  void folder(const Place& place, const git_tree* tree, const std::string& inside, const std::string& below,
              int depth) {
    if (depth > deepest_tree)
      throw Error(ErrorKind::input, "bad-source", "the folder " + below + " is too deep");
    for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree, i);
      const std::string name = git_tree_entry_name(entry);
      if (to_lower(name) == ".git") continue;
      const std::string path = below.empty() ? name : below + "/" + name;
      const std::string own = inside.empty() ? name : inside + "/" + name;
      switch (git_tree_entry_filemode(entry)) {
        case GIT_FILEMODE_TREE: {
          git_tree* raw = nullptr;
          if (git_tree_lookup(&raw, place.repository.get(), git_tree_entry_id(entry)) < 0)
            cannot("read the folder " + path);
          folder(place, Tree(raw).get(), own, path, depth + 1);
          break;
        }
        case GIT_FILEMODE_COMMIT: module(place, own, path, hex(git_tree_entry_id(entry))); break;
        case GIT_FILEMODE_LINK:
          out_.add_link(path, text(*place.repository, *git_tree_entry_id(entry)));
          break;
        default:
          file(place, path, *git_tree_entry_id(entry),
               git_tree_entry_filemode(entry) == GIT_FILEMODE_BLOB_EXECUTABLE);
      }
    }
  }

  void module(const Place& place, const std::string& inside, const std::string& path,
              const std::string& commit) {
    const auto found = place.modules.find(inside);
    if (found == place.modules.end()) {
      throw Error(ErrorKind::input, "bad-source",
                  "the submodule " + path + " of " + python::without_userinfo(place.url) +
                      " is not in .gitmodules: nothing says where it comes from");
    }
    if (found->second.left) return;
    const auto url = submodule_url(place.url, found->second.url);
    if (!url) {
      throw Error(ErrorKind::input, "bad-source",
                  "the submodule " + path + " of " + python::without_userinfo(place.url) + " comes from \"" +
                      python::without_userinfo(found->second.url) + "\", which is not followed");
    }
    repository(*url, commit, path, place.depth + 1);
  }

  static Blob blob(git_repository& repository, const git_oid& id) {
    git_blob* raw = nullptr;
    if (git_blob_lookup(&raw, &repository, &id) < 0) cannot("read the object " + hex(&id));
    return Blob(raw);
  }

  static std::string text(git_repository& repository, const git_oid& id) {
    const Blob content = blob(repository, id);
    return {static_cast<const char*>(git_blob_rawcontent(content.get())),
            static_cast<std::size_t>(git_blob_rawsize(content.get()))};
  }

  void file(const Place& place, const std::string& path, const git_oid& id, bool executable) {
    git_odb* raw = nullptr;
    if (git_repository_odb(&raw, place.repository.get()) < 0) cannot("read the repository");
    const std::unique_ptr<git_odb, Deleter<git_odb_free>> objects(raw);
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (git_odb_read_header(&size, &type, raw, &id) < 0) cannot("read the file " + path);
    out_.add_file(path, executable, size,
                  [library = library_, repository = place.repository, id](const auto& piece) {
                    const Blob content = blob(*repository, id);
                    piece({static_cast<const char*>(git_blob_rawcontent(content.get())),
                           static_cast<std::size_t>(git_blob_rawsize(content.get()))});
                  });
  }

  std::shared_ptr<Library> library_ = std::make_shared<Library>();
  const GitCache& cache_;
  fs::path root_;
  CanonicalTree& out_;
};

}  // namespace

GitCache::GitCache(fs::path root, bool offline, Progress& progress)
    : root_(std::move(root)), offline_(offline), progress_(progress) {}

GitCommit GitCache::resolve(const std::string& url, const std::string& revision) const {
  const Library library;
  const fs::path folder = folder_of(root_, url);
  make_directories(root_);
  const FileLock lock(folder.string() + ".lock", FileLock::Mode::exclusive);
  const Repository repository = open_cache(folder);
  if (revision.size() == GIT_OID_HEXSZ && is_hex(revision)) {
    if (const Object here = commit_named(repository.get(), revision)) return commit_of(here);
  }
  if (offline_ && !url.starts_with("file:")) {
    throw Error(ErrorKind::surroundings, "offline",
                "cannot fetch " + python::without_userinfo(url) + ": --offline is set",
                "run once without --offline to fill the cache");
  }
  Conversation talk(repository.get(), url, progress_);
  const std::string name = bring(talk, repository.get(), revision);
  const Object found = name.empty() ? Object() : commit_named(repository.get(), name);
  if (!found) refuse_revision(talk, url, revision);
  return commit_of(found);
}

std::optional<std::string> GitCache::text(const std::string& url, const std::string& commit,
                                          const std::string& path, std::size_t most) const {
  (void)resolve(url, commit);
  const Library library;
  const Repository repository = open_cache(folder_of(root_, url));
  git_object* raw = nullptr;
  if (git_revparse_single(&raw, repository.get(), (commit + ":" + path).c_str()) < 0) return std::nullopt;
  const Object found(raw);
  git_blob* blob = nullptr;
  if (git_blob_lookup(&blob, repository.get(), git_object_id(raw)) < 0) return std::nullopt;
  const Blob content(blob);
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob)),
                     std::min(most, static_cast<std::size_t>(git_blob_rawsize(blob))));
}

std::string GitCache::described(const std::string& url, const std::string& commit) const {
  (void)resolve(url, commit);
  const Library library;
  const fs::path folder = folder_of(root_, url);
  const FileLock lock(folder.string() + ".lock", FileLock::Mode::exclusive);
  const Repository repository = open_cache(folder);
  if (!offline_ || url.starts_with("file:")) {
    Conversation talk(repository.get(), url, progress_);
    talk.fetch({"+refs/tags/*:refs/tags/*"});
    remove_other_tags(repository.get(), talk);
  }
  const Object found = commit_named(repository.get(), commit);
  if (!found) cannot("read the commit " + commit);
  return describe(repository.get(), found.get());
}

CanonicalTree GitCache::tree(const std::string& url, const std::string& commit) const {
  CanonicalTree tree;
  Gatherer(*this, root_, tree).repository(url, commit, "", 0);
  return tree;
}

}  // namespace mlrepro
