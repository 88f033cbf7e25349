#include "standards/python/direct_url.hpp"

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "standards/python/direct_text.hpp"
#include "standards/python/name.hpp"
#include "standards/python/url.hpp"

namespace mlrepro::python {
namespace {

using detail::take_extras;

constexpr std::size_t longest = 8192;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string normal_path(std::string_view path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/'))
    normal.pop_back();
  if (normal.starts_with("//")) normal.erase(0, 1);
  return normal.empty() ? "." : normal;
}

// Where "scheme://" is followed by the authority; npos for the rest.
std::size_t authority_end(std::string_view url, std::size_t begin) {
  return std::min(url.find_first_of("/?#", begin), url.size());
}

// "//user:password@host:port/..." -> whether a host is there.
bool has_host(std::string_view after_scheme) {
  if (!after_scheme.starts_with("//")) return false;
  const auto authority = after_scheme.substr(2, authority_end(after_scheme, 2) - 2);
  const auto host = authority.substr(authority.rfind('@') + 1);  // npos + 1 is 0
  return !host.empty() && host.front() != ':';
}

bool take_egg(const std::string& value, DirectUrl& out, std::string& why) {
  const auto bracket = value.find('[');
  const std::string name(trim(std::string_view(value).substr(0, bracket)));
  const bool whole =
      bracket == std::string::npos ||
      (value.ends_with(']') &&
       take_extras(std::string_view(value).substr(bracket + 1, value.size() - bracket - 2), out.extras));
  if (!whole || !is_valid_name(name)) {
    why = "#egg=" + value + " names no project";
    return false;
  }
  out.egg = normalise_name(name);
  return true;
}

bool take_subdirectory(const std::string& value, DirectUrl& out, std::string& why) {
  const std::string normal = normal_path(value);
  if (value.empty() || normal == ".") return true;
  const bool outside = normal.starts_with('/') || normal == ".." || normal.starts_with("../");
  if (outside || has_control(value)) {
    why = "#subdirectory=" + value + " leads out of it";
    return false;
  }
  out.subdirectory = normal;
  return true;
}

bool take_fragment(std::string_view fragment, DirectUrl& out, std::string& why) {
  if (fragment.empty()) return true;
  for (const auto piece : split(fragment, '&')) {
    const auto equals = piece.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = piece.substr(0, equals);
    const std::string value = percent_decode(piece.substr(equals + 1));
    if (key == "egg") {
      if (!take_egg(value, out, why)) return false;
    } else if (key == "subdirectory") {
      if (!take_subdirectory(value, out, why)) return false;
    } else if (key == "sha256") {
      out.sha256 = Sha256::parse(to_lower(value));
      if (!out.sha256) {
        why = "#sha256=" + value + " is no SHA-256";
        return false;
      }
    } else if (key == "md5" || key == "sha1" || key == "sha224" || key == "sha384" || key == "sha512") {
      why = "its #" + std::string(key) + "= is not checked here: write #sha256=";
      return false;
    }
  }
  return true;
}

// What git takes as the name of a reference or object (git-check-ref-format), not as an expression.
bool is_revision(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.front() == '/' || text.ends_with('/') ||
      text.ends_with('.') || text.find("..") != std::string_view::npos ||
      text.find("@{") != std::string_view::npos || text.find("//") != std::string_view::npos)
    return false;
  return text.find_first_of(" ~^:?*[\\") == std::string_view::npos && !has_control(text);
}

bool parse_git(std::string_view text, const std::string& scheme, DirectUrl& out, std::string& why) {
  const std::string transport = scheme.substr(4);
  if (transport != "https" && transport != "http" && transport != "ssh" && transport != "file" &&
      transport != "git") {
    why = "git+" + transport + " is not known: git+https, git+ssh and git+file are";
    return false;
  }
  const std::string_view rest = text.substr(scheme.size() + 1);
  const bool path_alone = transport == "file" && !rest.starts_with("//");
  if (!path_alone && !rest.starts_with("//")) {
    why = "after " + scheme + ": comes //, as in git+ssh://git@HOST/PATH";
    return false;
  }
  const auto authority = path_alone ? 0 : authority_end(rest, 2);
  std::string_view path = rest.substr(authority);
  if (const auto at = path.rfind('@'); at != std::string_view::npos) {
    out.revision = percent_decode(path.substr(at + 1));
    path = path.substr(0, at);
    if (!is_revision(out.revision)) {
      why = "\"" + out.revision + "\" after @ is no branch, tag or commit";
      return false;
    }
  }
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (path.empty() || (transport != "file" && !has_host(rest))) {
    why = "it names no repository";
    return false;
  }
  out.kind = DirectUrl::Kind::git;
  out.url = path_alone ? repository_at(percent_decode(path))
                       : transport + ":" + std::string(rest.substr(0, authority)) + std::string(path);
  if (out.sha256) {
    why = "a git checkout has no #sha256=: its commit says what it is";
    return false;
  }
  return true;
}

bool parse_local(std::string_view text, bool decode, DirectUrl& out, std::string& why) {
  std::string_view rest = text;
  if (scheme_of(text) == "file") {
    rest = text.substr(5);
    if (rest.starts_with("//")) {
      const auto end = authority_end(rest, 2);
      const auto host = rest.substr(2, end - 2);
      if (!host.empty() && host != "localhost") {
        why = "file://" + std::string(host) + " is another machine: a local path is file:///PATH";
        return false;
      }
      rest = rest.substr(end);
    }
  }
  const std::string path = decode ? percent_decode(rest) : std::string(rest);
  if (path.empty() || has_control(path)) {
    why = "it names no path";
    return false;
  }
  out.kind = DirectUrl::Kind::local;
  out.path = normal_path(path);
  return true;
}

// `bare`: a path without a scheme stands for itself; in a URL reference escapes are decoded.
std::optional<DirectUrl> parse_reference(std::string_view text, bool bare, std::string& why) {
  why.clear();
  DirectUrl out;
  text = trim(text);
  if (text.empty() || text.size() > longest || has_control(text)) {
    why = "it is no URL";
    return std::nullopt;
  }
  const std::string scheme = scheme_of(text);
  if (scheme.empty() && text.starts_with("git+")) {
    why = "it names no repository: write git+ssh://git@HOST/PATH, with //";
    return std::nullopt;
  }
  const auto hash = text.find('#');
  const std::string_view fragment = hash == std::string_view::npos ? "" : text.substr(hash + 1);
  const std::string_view address = text.substr(0, hash);
  if (!take_fragment(fragment, out, why)) return std::nullopt;
  if (scheme.empty() || scheme == "file") {
    if (!parse_local(address, !bare || !scheme.empty(), out, why)) return std::nullopt;
    return out;
  }
  if (std::any_of(address.begin(), address.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    why = "a space or another character in it must be escaped, as %20 is";
    return std::nullopt;
  }
  if (scheme.starts_with("git+")) {
    if (!parse_git(address, scheme, out, why)) return std::nullopt;
    return out;
  }
  if (scheme != "http" && scheme != "https") {
    const bool vcs = scheme.starts_with("hg+") || scheme.starts_with("svn+") || scheme.starts_with("bzr+");
    why = vcs               ? "of version control systems git alone is read"
          : scheme == "git" ? "write git+https://..., or git+git://..."
          : scheme == "ssh" ? "write git+ssh://..."
                            : "the scheme " + scheme + ": is not read";
    return std::nullopt;
  }
  const std::string_view after = address.substr(scheme.size() + 1);
  if (!has_host(after)) {
    why = "it names no host";
    return std::nullopt;
  }
  out.kind = DirectUrl::Kind::archive;
  out.url = scheme + ":" + std::string(after);
  if (!is_archive_name(out.file_name()) || out.file_name().find('/') != std::string::npos ||
      has_control(out.file_name())) {
    why = "its file is neither a wheel nor an archive (.whl, .tar.gz, .zip); a repository is git+" + scheme;
    return std::nullopt;
  }
  return out;
}

}  // namespace

bool is_archive_name(std::string_view file_name) {
  const std::string lower = to_lower(file_name);
  for (const char* end : {".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar"}) {
    if (lower.ends_with(end) && lower.size() > std::string_view(end).size()) return true;
  }
  return false;
}

std::string without_userinfo(std::string_view url) {
  const auto slashes = url.find("://");
  if (slashes == std::string_view::npos) return std::string(url);
  const auto begin = slashes + 3;
  const auto authority = url.substr(begin, authority_end(url, begin) - begin);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  const std::string scheme = to_lower(url.substr(0, slashes));
  std::string kept;
  if (scheme == "ssh" || scheme.ends_with("+ssh")) {
    kept = authority.substr(0, std::min(authority.find(':'), at));
    if (!kept.empty()) kept += '@';
  }
  return std::string(url.substr(0, begin)) + kept + std::string(url.substr(begin + at + 1));
}

std::optional<DirectUrl> DirectUrl::parse(std::string_view text, std::string& why) {
  return parse_reference(text, false, why);
}

std::optional<DirectUrl> DirectUrl::parse_bare(std::string_view text, std::string& why) {
  return parse_reference(text, true, why);
}

std::string repository_at(std::string_view path) {
  const std::string normal = normal_path(path);
  return (normal.starts_with('/') ? "file://" : "file:") + encode_path(normal);
}

std::optional<std::string> relative_repository(std::string_view url) {
  if (!url.starts_with("file:") || url.starts_with("file:/")) return std::nullopt;
  return percent_decode(url.substr(5));
}

std::string DirectUrl::file_name() const {
  if (kind == Kind::git) return {};
  if (kind == Kind::local) return path.substr(path.rfind('/') + 1);
  const auto begin = url.find("://") + 3;
  std::string_view rest = std::string_view(url).substr(authority_end(url, begin));
  rest = rest.substr(0, rest.find('?'));
  return percent_decode(rest.substr(rest.rfind('/') + 1));
}

std::string DirectUrl::str() const {
  std::string out;
  switch (kind) {
    case Kind::archive: out = without_userinfo(url); break;
    case Kind::git:
      out = "git+" + without_userinfo(url);
      if (!revision.empty()) out += "@" + encode_path(revision);
      break;
    case Kind::local: {
      const bool dotted = path == "." || path == ".." || path.starts_with("../");
      const std::string shown = path.starts_with('/') ? "//" + path : dotted ? path : "./" + path;
      const std::string text = encode_path(shown);
      out = (path.starts_with('/') || text != shown ? "file:" : "") + text;
      break;
    }
  }
  std::string fragment;
  if (sha256) fragment += "&sha256=" + sha256->hex();
  if (!subdirectory.empty()) fragment += "&subdirectory=" + encode_path(subdirectory);
  if (!fragment.empty()) out += "#" + fragment.substr(1);
  return out;
}

}  // namespace mlrepro::python
