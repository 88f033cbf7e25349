#include "adapters/git/describe.hpp"

#include "adapters/git/git_describe.hpp"
#include "adapters/git/work_tree.hpp"
#include "base/error.hpp"

namespace mlrepro {
namespace git {
namespace {

using Description = std::unique_ptr<git_describe_result, Deleter<git_describe_result_free>>;
using Walk = std::unique_ptr<git_revwalk, Deleter<git_revwalk_free>>;

constexpr std::size_t digits_shown = 9;  // what setuptools_scm shows of a whole name

[[noreturn]] void cannot_describe(const std::string& commit) {
  throw Error(ErrorKind::surroundings, "git",
              "cannot tell the tags before the commit " + commit + ": " + last_reason());
}

std::string formatted(const git_describe_result* description, const std::string& commit) {
  git_describe_format_options options = GIT_DESCRIBE_FORMAT_OPTIONS_INIT;
  options.always_use_long_format = 1;
  git_buf buffer = GIT_BUF_INIT;
  if (git_describe_format(&buffer, description, &options) < 0) cannot_describe(commit);
  std::string text(buffer.ptr, buffer.size);
  git_buf_dispose(&buffer);
  // The library shows as many digits as its objects need, which are not the same everywhere.
  const auto suffix = text.rfind("-g");
  if (suffix != std::string::npos) text.resize(suffix);
  return text;
}

// The library says so in two ways, for no tag at all and for none that is before the commit.
bool has_no_tag(int code) {
  const git_error* error = git_error_last();
  return code == GIT_ENOTFOUND || (error != nullptr && error->klass == GIT_ERROR_DESCRIBE);
}

std::size_t count_commits(git_repository* repository, const git_oid* from, const std::string& commit) {
  git_revwalk* raw = nullptr;
  if (git_revwalk_new(&raw, repository) < 0) cannot_describe(commit);
  const Walk walk(raw);
  if (git_revwalk_push(raw, from) < 0) cannot_describe(commit);
  std::size_t count = 0;
  git_oid id;
  while (git_revwalk_next(&id, raw) == 0)
    ++count;
  return count;
}

}  // namespace

std::string describe(git_repository* repository, git_object* object) {
  const std::string commit = hex(git_object_id(object));
  git_describe_options options = GIT_DESCRIBE_OPTIONS_INIT;
  options.describe_strategy = GIT_DESCRIBE_TAGS;
  options.pattern = "*[0-9]*";
  git_describe_result* raw = nullptr;
  const int found = git_describe_commit(&raw, object, &options);
  const Description description(raw);
  const bool none = found < 0 && has_no_tag(found);
  if (found < 0 && !none) cannot_describe(commit);
  const std::string tag =
      none ? "0.0-" + std::to_string(count_commits(repository, git_object_id(object), commit))
           : formatted(raw, commit);
  return tag + "-g" + commit.substr(0, digits_shown);
}

}  // namespace git

std::optional<std::string> described_checkout(const std::filesystem::path& folder) {
  const git::Library library;
  const git::WorkTree tree = git::open_work_tree(folder);
  if (!tree.repository) return std::nullopt;
  git_object* raw = nullptr;
  if (git_revparse_single(&raw, tree.repository.get(), "HEAD^{commit}") < 0) return std::nullopt;
  const git::Object head(raw);
  return git::describe(tree.repository.get(), raw);
}

}  // namespace mlrepro
