#include "services/sources/source_store.hpp"

#include <optional>

#include "adapters/git/git_describe.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "store/arriving_blob.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using python::DirectUrl;

constexpr std::uint64_t largest_archive = std::uint64_t{8} << 30;
constexpr std::size_t most_build_file = std::size_t{1} << 20;
constexpr const char* tree_name = "source.tar";

std::string shown_path(const std::string& path) {
  const bool plain = path.starts_with('/') || path.starts_with('.');
  return plain ? path : "./" + path;
}

// Only the project's own folder holds what a run writes and what the lock describes.
bool is_own_folder(const fs::path& path, const fs::path& folder) {
  std::error_code ignored;
  return fs::equivalent(path, folder, ignored);
}

}  // namespace

std::string BroughtSource::source() const {
  if (origin.vcs) return "git";
  return origin.url.empty() ? "path" : "url";
}

SourceStore::SourceStore(fs::path folder, fs::path cache, bool offline, HttpClient& client,
                         const BlobStore& store, Progress& progress, LeaveOut leave_out)
    : folder_(std::move(folder)),
      git_(std::move(cache), offline, progress),
      client_(client),
      store_(store),
      leave_out_(std::move(leave_out)) {}

PythonFile SourceStore::download(const std::string& url, const std::string& name,
                                 const std::optional<Sha256>& expected) const {
  if (expected && store_.contains(*expected))
    return {name, fs::file_size(store_.get(*expected, name)), *expected};
  HttpRequest request;
  request.url = url;
  request.max_bytes = largest_archive;
  const auto writer = arrive_in(store_, request);
  HttpResponse answer;
  client_.submit(std::move(request), [&](const HttpResponse& response) { answer = response; });
  client_.run();
  const long status = answer.status;
  const std::string shown = python::without_userinfo(url);
  if (status == 404 || status == 410) {
    throw Error(ErrorKind::input, "source-missing",
                "there is nothing at " + shown + " (" + std::to_string(status) + ")",
                "check the address in the requirement");
  }
  if (status != 200) {
    throw Error(
        ErrorKind::surroundings, "http-status",
        "the server answered " + status_words(answer) + " for " + shown,
        status == 401 || status == 403 ? "put name and password into ~/.netrc" : status_advice(answer, ""));
  }
  const std::uint64_t size = (*writer)->size();
  if (!expected) return {name, size, (*writer)->commit()};
  (*writer)->commit_as(*expected, std::nullopt, shown);
  return {name, size, *expected};
}

PythonFile SourceStore::put_tree(const CanonicalTree& tree) const {
  auto writer = store_.writer();
  tree.write([&](std::string_view piece) { writer.write(piece); });
  const std::uint64_t size = writer.size();
  return {tree_name, size, writer.commit()};
}

CanonicalTree SourceStore::tree_at(const fs::path& folder) const {
  return local_tree(folder, is_own_folder(folder, folder_) ? leave_out_ : LeaveOut());
}

PythonFile SourceStore::put_file(const fs::path& path) const {
  auto writer = store_.writer();
  read_chunks(path, [&](std::string_view piece) { writer.write(piece); });
  const std::uint64_t size = writer.size();
  return {path.filename().string(), size, writer.commit()};
}

std::string SourceStore::repository(const std::string& url) const {
  const auto path = python::relative_repository(url);
  return path ? python::repository_at(fs::absolute(place(*path)).string()) : url;
}

bool SourceStore::asks_for_tags(const std::string& subdirectory, const Text& text) {
  const std::string folder = subdirectory.empty() ? "" : subdirectory + "/";
  for (const char* file : {"pyproject.toml", "setup.py", "setup.cfg"}) {
    const auto found = text(folder + file);
    if (!found) continue;
    for (const char* word : {"setuptools_scm", "setuptools-scm", "hatch-vcs", "vcs-versioning"})
      if (found->find(word) != std::string::npos) return true;
  }
  return false;
}

BroughtSource SourceStore::bring(const DirectUrl& url, const LockedSource& locked) const {
  BroughtSource out;
  out.origin.subdirectory = url.subdirectory;
  switch (url.kind) {
    case DirectUrl::Kind::archive: {
      out.origin.url = python::without_userinfo(url.url);
      const auto expected = url.sha256    ? url.sha256
                            : locked.file ? std::optional(locked.file->sha256)
                                          : std::nullopt;
      out.file = download(url.url, url.file_name(), expected);
      break;
    }
    case DirectUrl::Kind::git: {
      const std::string from = repository(url.url);
      const GitCommit commit = git_.resolve(from, locked.commit.empty() ? url.revision : locked.commit);
      out.origin.vcs = VcsPin{python::without_userinfo(url.url), commit.commit, commit.tree};
      const auto text = [&](const std::string& path) {
        return git_.text(from, commit.commit, path, most_build_file);
      };
      if (!locked.described.empty() && locked.commit == commit.commit) {
        out.origin.described = locked.described;
      } else if (asks_for_tags(url.subdirectory, text)) {
        out.origin.described = git_.described(from, commit.commit);
      }
      out.file = put_tree(git_.tree(from, commit.commit));
      out.tree = true;
      break;
    }
    case DirectUrl::Kind::local: {
      out.origin.path = url.path;
      const fs::path path = place(url.path);
      std::error_code ignored;
      if (fs::is_directory(path, ignored)) {
        out.file = put_tree(tree_at(path));
        out.tree = true;
        const auto text = [&](const std::string& file) -> std::optional<std::string> {
          if (!fs::is_regular_file(path / file, ignored) ||
              fs::file_size(path / file, ignored) > most_build_file)
            return std::nullopt;
          return read_file(path / file, most_build_file);
        };
        if (asks_for_tags(url.subdirectory, text))
          out.origin.described = described_checkout(path).value_or("");
        break;
      }
      if (!fs::is_regular_file(path, ignored)) {
        throw Error(ErrorKind::input, "source-missing", "there is no " + shown_path(url.path),
                    "paths start at the folder of the file that names them");
      }
      if (!python::is_archive_name(url.file_name())) {
        throw Error(ErrorKind::input, "bad-source",
                    shown_path(url.path) + " is neither a folder, a wheel nor an archive");
      }
      out.file = put_file(path);
      if (url.sha256 && *url.sha256 != out.file.sha256) {
        throw Error(ErrorKind::input, "hash-mismatch",
                    shown_path(url.path) + " has the SHA-256 " + out.file.sha256.hex() + ", not " +
                        url.sha256->hex());
      }
      break;
    }
  }
  return out;
}

void SourceStore::restore(const PythonPackage& package, const std::optional<std::string>& url) const {
  const PythonFile& file = package.file;
  if (!package.origin || store_.contains(file.sha256, file.size)) return;
  const PythonOrigin& origin = *package.origin;
  const std::string advice = "mlrepro lock --upgrade-package " + package.name + " locks what is there now";
  if (!origin.url.empty()) {
    (void)download(url.value_or(origin.url), file.name, file.sha256);
    return;
  }
  if (origin.vcs) {
    const std::string from = repository(url.value_or(origin.vcs->url));
    const PythonFile now = put_tree(git_.tree(from, origin.vcs->commit));
    if (now.sha256 == file.sha256) return;
    throw Error(
        ErrorKind::input, "source-changed",
        "the commit " + origin.vcs->commit + " of " + origin.vcs->url + " gives other files than locked");
  }
  if (const auto difference = changed(package))
    throw Error(ErrorKind::input, "source-changed", package.name + ": " + *difference, advice);
  const fs::path path = place(origin.path);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    (void)put_tree(tree_at(path));
  } else {
    (void)put_file(path);
  }
}

std::optional<std::string> SourceStore::changed(const PythonPackage& package) const {
  if (!package.origin || package.origin->path.empty()) return std::nullopt;
  const std::string& name = package.origin->path;
  const fs::path path = place(name);
  std::error_code ignored;
  const bool folder = fs::is_directory(path, ignored);
  if (!folder && !fs::is_regular_file(path, ignored)) return shown_path(name) + " is not there any more";
  Sha256 now;
  if (folder) {
    Sha256Hasher hasher;
    tree_at(path).write([&](std::string_view piece) { hasher.update(piece); });
    now = hasher.finish();
  } else {
    now = sha256_file(path);
  }
  if (now == package.file.sha256) return std::nullopt;
  return shown_path(name) + " is not what was locked";
}

}  // namespace mlrepro
