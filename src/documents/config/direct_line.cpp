#include "documents/config/direct_line.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using python::DirectRequirement;
using python::DirectUrl;

std::string path_below(const std::string& path, const fs::path& from, const fs::path& folder) {
  const bool absolute = path.starts_with('/');
  const fs::path whole = (absolute ? fs::path(path) : from / path).lexically_normal();
  const fs::path base = folder.lexically_normal();
  std::string below = whole.lexically_relative(base).generic_string();
  if (below.empty() || (absolute && (below == ".." || below.starts_with("../")))) return path;
  while (below.size() > 1 && below.ends_with('/'))
    below.pop_back();
  return below;
}

}  // namespace

DirectRequirement direct_requirement(std::string_view line) {
  std::string why;
  auto wanted = DirectRequirement::parse(line, why);
  if (wanted) return std::move(*wanted);
  throw Error(ErrorKind::input, "bad-requirement",
              "the requirement \"" + python::without_userinfo(line) + "\" cannot be followed: " + why,
              "for example name @ git+https://example.org/name@v1, or ./name");
}

std::string direct_line(std::string_view line, const fs::path& from, const fs::path& folder) {
  if (!python::is_direct(line)) return std::string(line);
  DirectRequirement wanted = direct_requirement(line);
  const std::string whole = python::without_userinfo(wanted.url.url);
  const std::string secret = wanted.url.url;
  if (wanted.url.kind == DirectUrl::Kind::local) wanted.url.path = path_below(wanted.url.path, from, folder);
  if (wanted.url.kind == DirectUrl::Kind::git) {
    if (const auto path = python::relative_repository(wanted.url.url))
      wanted.url.url = python::repository_at(path_below(*path, from, folder));
  }
  std::string text = wanted.str();
  if (whole != secret) {
    const auto at = text.find(whole);
    if (at != std::string::npos) text.replace(at, whole.size(), secret);
  }
  return text;
}

std::string direct_place(std::string_view place, const fs::path& from, const fs::path& folder) {
  place = trim(place);
  if (place.starts_with("http://") || place.starts_with("https://")) return std::string(place);
  std::string path(place);
  if (place.starts_with("file:")) {
    std::string why;
    const auto url = DirectUrl::parse(place, why);
    if (!url) {
      throw Error(ErrorKind::input, "bad-find-links",
                  "the place of files \"" + path + "\" cannot be followed: " + why);
    }
    path = url->path;
  }
  path = path_below(path, from, folder);
  const bool told = path.starts_with('/') || path == "." || path == ".." || path.starts_with("../");
  return told ? path : "./" + path;
}

std::string public_line(std::string_view line) {
  if (!python::is_direct(line)) return std::string(line);
  std::string why;
  const auto wanted = DirectRequirement::parse(line, why);
  return wanted ? wanted->str() : python::without_userinfo(line);
}

}  // namespace mlrepro
