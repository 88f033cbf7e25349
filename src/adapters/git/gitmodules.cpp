#include "adapters/git/gitmodules.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace mlrepro::git {
namespace {

// A value: quotes are taken off, "\" escapes, "#" and ";" outside quotes begin a comment.
std::string value_of(std::string_view text) {
  std::string value;
  std::size_t kept = 0;  // white space after it goes
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      quoted = !quoted;
      continue;
    }
    if (!quoted && (c == '#' || c == ';')) break;
    if (c == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      value += next == 'n' ? '\n' : next == 't' ? '\t' : next;
      kept = value.size();
      continue;
    }
    value += c;
    if (quoted || (c != ' ' && c != '\t' && c != '\r')) kept = value.size();
  }
  value.resize(kept);
  return value;
}

struct Section {
  std::string path;
  Submodule module;
};

std::string scheme_of(std::string_view url) {
  const auto end = url.find("://");
  return end == std::string_view::npos ? std::string() : to_lower(url.substr(0, end));
}

// Where the path of a URL begins; "file:///a" has it after an empty host.
std::size_t path_begin(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return 0;
  return std::min(url.find('/', begin + 3), url.size());
}

}  // namespace

std::map<std::string, Submodule> parse_gitmodules(std::string_view text) {
  std::map<std::string, Section> sections;
  Section* section = nullptr;
  std::string joined;
  for (const auto physical : split(text, '\n')) {
    std::string_view line = physical;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.ends_with('\\')) {
      joined += line.substr(0, line.size() - 1);
      continue;
    }
    joined += line;
    const std::string whole = std::exchange(joined, {});
    const auto content = trim(whole);
    if (content.starts_with('[')) {
      section = nullptr;
      const auto open = content.find('"');
      const auto close = content.rfind('"');
      if (to_lower(trim(content.substr(1, std::min(open, content.size()) - 1))) == "submodule" &&
          open != std::string_view::npos && close > open)
        section = &sections[std::string(content.substr(open + 1, close - open - 1))];
      continue;
    }
    const auto equals = content.find('=');
    if (section == nullptr || equals == std::string_view::npos) continue;
    const std::string key = to_lower(trim(content.substr(0, equals)));
    const std::string value = value_of(trim(content.substr(equals + 1)));
    if (key == "path") section->path = value;
    if (key == "url") section->module.url = value;
    if (key == "update") section->module.left = value == "none";
  }
  std::map<std::string, Submodule> out;
  for (auto& [name, found] : sections) {
    while (found.path.ends_with('/'))
      found.path.pop_back();
    if (!found.path.empty() && !found.module.url.empty()) out[found.path] = std::move(found.module);
  }
  return out;
}

std::optional<std::string> submodule_url(std::string_view parent, std::string_view url) {
  const bool local_parent = scheme_of(parent) == "file";
  if (url.starts_with("./") || url.starts_with("../")) {
    std::string base(parent);
    while (base.ends_with('/'))
      base.pop_back();
    const auto root = path_begin(base);
    std::string_view rest = url;
    while (rest.starts_with("./") || rest.starts_with("../")) {
      const bool up = rest.starts_with("../");
      rest.remove_prefix(up ? 3 : 2);
      if (!up) continue;
      const auto slash = base.rfind('/');
      if (slash == std::string::npos || slash < root) return std::nullopt;
      base.resize(slash);
    }
    return base + "/" + std::string(rest);
  }
  const std::string scheme = scheme_of(url);
  if (scheme == "https" || scheme == "http" || scheme == "ssh" || scheme == "git") return std::string(url);
  if (scheme == "file") return local_parent ? std::optional(std::string(url)) : std::nullopt;
  if (!scheme.empty()) return std::nullopt;
  if (url.starts_with('/')) return local_parent ? std::optional("file://" + std::string(url)) : std::nullopt;
  const auto colon = url.find(':');
  const auto slash = url.find('/');
  if (colon == std::string_view::npos || colon == 0 || slash < colon ||
      url.find("::") != std::string_view::npos)
    return std::nullopt;
  std::string path(url.substr(colon + 1));
  if (!path.starts_with('/')) path.insert(0, "/");
  return "ssh://" + std::string(url.substr(0, colon)) + path;
}

}  // namespace mlrepro::git
