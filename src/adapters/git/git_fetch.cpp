#include "adapters/git/git_fetch.hpp"

#include <algorithm>
#include <optional>

#include "adapters/git/netrc.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "codec/base64.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/url.hpp"

namespace mlrepro::git {
namespace fs = std::filesystem;
namespace {

// "user:password@host:port" of a URL.
std::string_view authority_of(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  const auto rest = url.substr(begin + 3);
  return rest.substr(0, std::min(rest.find('/'), rest.size()));
}

std::optional<Login> login_of(const std::string& url) {
  const auto authority = authority_of(url);
  const auto at = authority.rfind('@');
  if (at != std::string_view::npos) {
    const auto user = authority.substr(0, at);
    const auto colon = user.find(':');
    Login login{python::percent_decode(user.substr(0, colon)), {}};
    if (colon != std::string_view::npos) login.password = python::percent_decode(user.substr(colon + 1));
    return login;
  }
  const auto home = environment(env::home);
  std::error_code ignored;
  if (!home || !fs::is_regular_file(*home + "/.netrc", ignored)) return std::nullopt;
  return find_login(read_file(*home + "/.netrc", 1U << 20), authority.substr(0, authority.find(':')));
}

}  // namespace

struct Conversation::Account {
  std::optional<Login> login;
  // Sent with the first request, as curl does: libgit2 loses its place in some servers' answers of 401.
  std::string header;
  char* headers[1] = {};
  Progress* progress = nullptr;
  int passwords = 0;
  int agents = 0;
  int keys = 0;
  bool asked = false;  // the server wanted to know who it is

  // No exception may pass: it is called by C.
  int credentials(git_credential** out, const char* user, unsigned allowed) noexcept {
    asked = true;
    const bool named = login && !login->user.empty();
    const char* name = user != nullptr ? user : named ? login->user.c_str() : "git";
    if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0 && login && passwords++ == 0)
      return git_credential_userpass_plaintext_new(out, login->user.c_str(), login->password.c_str());
    if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) return git_credential_username_new(out, name);
    if ((allowed & GIT_CREDENTIAL_SSH_KEY) == 0) return GIT_EAUTH;
    if (agents++ == 0 && git_credential_ssh_key_from_agent(out, name) == 0) return 0;
    try {
      const auto home = environment(env::home);
      constexpr const char* files[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
      while (home && keys < 3) {
        const fs::path key = fs::path(*home) / ".ssh" / files[keys++];
        std::error_code ignored;
        if (!fs::is_regular_file(key, ignored)) continue;
        return git_credential_ssh_key_new(out, name, (key.string() + ".pub").c_str(), key.c_str(), "");
      }
    } catch (...) {
    }
    return GIT_EAUTH;
  }

  static int on_credentials(git_credential** out, const char*, const char* user, unsigned allowed,
                            void* self) {
    return static_cast<Account*>(self)->credentials(out, user, allowed);
  }

  static int on_progress(const git_indexer_progress* now, void* self) {
    try {
      static_cast<Account*>(self)->progress->update("git", now->received_objects, now->total_objects,
                                                    Unit::items);
    } catch (...) {
      return GIT_EUSER;
    }
    return 0;
  }

  git_remote_callbacks callbacks() {
    git_remote_callbacks calls = GIT_REMOTE_CALLBACKS_INIT;
    calls.credentials = on_credentials;
    calls.transfer_progress = on_progress;
    calls.payload = this;
    return calls;
  }
};

Repository open_cache(const fs::path& folder) {
  git_repository* raw = nullptr;
  std::error_code ignored;
  const bool there = fs::exists(folder / "HEAD", ignored);
  make_directories(folder.parent_path());
  if ((there ? git_repository_open_bare(&raw, folder.c_str())
             : git_repository_init(&raw, folder.c_str(), 1)) < 0) {
    throw Error(ErrorKind::surroundings, "git",
                "cannot use the cached repository " + folder.string() + ": " + last_reason(),
                "remove it: it is fetched again");
  }
  return Repository(raw);
}

Conversation::Conversation(git_repository* repository, const std::string& url, Progress& progress)
    : shown_(python::without_userinfo(url)), account_(std::make_unique<Account>()) {
  if (url.starts_with("ssh:") && (git_libgit2_features() & GIT_FEATURE_SSH) == 0) {
    throw Error(ErrorKind::surroundings, "git", "cannot fetch " + shown_ + ": this libgit2 has no ssh",
                "use git+https://, with the password in ~/.netrc");
  }
  for (const char* name : {env::git_ssl_cainfo, env::ssl_cert_file, env::curl_ca_bundle}) {
    const auto authorities = environment(name);
    if (!authorities) continue;
    authorities_ = *authorities + " (" + name + ")";
    if (url.starts_with("https:") &&
        git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, authorities->c_str(), nullptr) < 0) {
      throw Error(
          ErrorKind::surroundings, "git",
          "cannot fetch " + shown_ + ": the certificate authorities in " + authorities_ + " cannot be read",
          "name a file that is there, with certificates in PEM");
    }
    break;
  }
  account_->login = login_of(url);
  account_->progress = &progress;
  if (account_->login && url.starts_with("http")) {
    account_->header =
        "Authorization: Basic " + base64(account_->login->user + ":" + account_->login->password);
    account_->headers[0] = account_->header.data();
  }
  git_remote* raw = nullptr;
  if (git_remote_create_anonymous(&raw, repository, shown_.c_str()) < 0) fail();
  remote_.reset(raw);
  const git_fetch_options fetching = options();
  git_remote_connect_options connecting = GIT_REMOTE_CONNECT_OPTIONS_INIT;
  connecting.callbacks = fetching.callbacks;
  connecting.proxy_opts = fetching.proxy_opts;
  connecting.follow_redirects = fetching.follow_redirects;
  connecting.custom_headers = fetching.custom_headers;
  if (git_remote_connect_ext(raw, GIT_DIRECTION_FETCH, &connecting) < 0) fail();
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  if (git_remote_ls(&heads, &count, raw) < 0) fail();
  for (std::size_t i = 0; i < count; ++i)
    references_.push_back({heads[i]->name, heads[i]->oid});
}

Conversation::~Conversation() = default;

// What is sent to one host in secret is not sent on to another.
git_fetch_options Conversation::options() const {
  git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
  options.callbacks = account_->callbacks();
  options.update_fetchhead = 0;
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.proxy_opts.type = GIT_PROXY_AUTO;
  if (!account_->header.empty()) options.custom_headers = {account_->headers, 1};
  options.follow_redirects = account_->login ? GIT_REMOTE_REDIRECT_NONE : GIT_REMOTE_REDIRECT_INITIAL;
  return options;
}

void Conversation::fail() const {
  const git_error* error = git_error_last();
  const std::string reason = last_reason();
  const int kind = error != nullptr ? error->klass : 0;
  const bool missing = reason.find("404") != std::string::npos ||
                       reason.find("not found") != std::string::npos ||
                       reason.find("does not exist") != std::string::npos ||
                       reason.find("failed to resolve path") != std::string::npos ||
                       reason.find("could not find repository") != std::string::npos;
  if (account_->asked) {
    throw Error(ErrorKind::surroundings, "git",
                "cannot fetch " + shown_ + ": the server lets nobody in " +
                    (account_->login ? "with this name and password" : "without a name and password") + " (" +
                    reason + ")",
                "put them into ~/.netrc (machine, login, password), and check that the repository exists");
  }
  if (missing && kind != GIT_ERROR_SSL) {
    throw Error(ErrorKind::input, "git-repository",
                "there is no git repository at " + shown_ + " (" + reason + ")",
                "check the address after git+");
  }
  if (to_lower(reason).find("certificate") != std::string::npos) {
    throw Error(ErrorKind::surroundings, "git",
                "cannot fetch " + shown_ + ": the server's certificate is not trusted (" + reason + ")",
                "name a file with its certificate authority: GIT_SSL_CAINFO, or SSL_CERT_FILE" +
                    (authorities_.empty() ? "" : "; now it is " + authorities_));
  }
  throw Error(ErrorKind::surroundings, "git", "cannot fetch " + shown_ + ": " + reason);
}

int Conversation::try_fetch(const std::vector<std::string>& refspecs) {
  std::vector<char*> pointers;
  for (const auto& refspec : refspecs)
    pointers.push_back(const_cast<char*>(refspec.c_str()));  // libgit2 only reads them
  const git_strarray list{pointers.data(), pointers.size()};
  const git_fetch_options fetching = options();
  account_->passwords = account_->agents = account_->keys = 0;
  return git_remote_fetch(remote_.get(), &list, &fetching, nullptr);
}

void Conversation::fetch(const std::vector<std::string>& refspecs) {
  if (try_fetch(refspecs) < 0) fail();
  account_->progress->finish("git");
}

bool Conversation::fetch_commit(const std::string& commit) {
  return try_fetch({"+" + commit + ":refs/cache/commits/" + commit}) >= 0;
}

}  // namespace mlrepro::git
