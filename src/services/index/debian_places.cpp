#include "services/index/debian_places.hpp"

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "standards/python/url.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr UnixTime day = 24 * 60 * 60;

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::string timestamp(UnixTime time) {
  std::string text = format_rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

void add(std::vector<std::string>& list, std::string entry) {
  if (std::find(list.begin(), list.end(), entry) == list.end()) list.push_back(std::move(entry));
}

// What a folder has of the file: below its pool, or by its name alone. Empty: nothing.
std::string in_folder(const std::string& mirror, const std::string& path) {
  const fs::path folder = python::percent_decode(mirror.substr(std::string_view("file://").size()));
  std::error_code none;
  if (fs::is_regular_file(folder / path, none)) return mirror + "/" + path;
  const std::string name = path.substr(path.rfind('/') + 1);
  return fs::is_regular_file(folder / name, none) ? mirror + "/" + name : std::string();
}

}  // namespace

std::string past_archive(const DebianSource& source, UnixTime time) {
  std::string uri = source.snapshot;
  replace_all(uri, "{archive}", source.archive);
  replace_all(uri, "{suite}", source.suite);
  replace_all(uri, "{timestamp}", timestamp(time));
  while (uri.ends_with('/'))
    uri.pop_back();
  return uri;
}

std::vector<DebianSource> sources_as_of(std::vector<DebianSource> sources, UnixTime time,
                                        std::vector<std::string>& without_past) {
  std::vector<DebianSource> past;
  for (auto& source : sources) {
    if (source.snapshot.empty()) {
      add(without_past, source.suite);
    } else {
      source.uri = past_archive(source, time);
      source.as_of = time;
    }
    add_source(past, std::move(source));  // several mirrors of one archive have one past
  }
  return past;
}

std::vector<std::string> archives_of(const LockedRelease& release, const std::vector<DebianSource>& sources) {
  std::vector<std::string> uris;
  for (const auto& source : sources) {
    if (source.suite == release.suite) add(uris, source.uri);
  }
  const auto date = parse_rfc3339(release.date);
  for (const auto& source : sources) {
    if (source.suite != release.suite || source.snapshot.empty() || !date) continue;
    // An archive that keeps states may have taken this one in hours after its date; the files of a state stay
    // in the pool for longer than a day.
    for (const UnixTime time : {*date, *date + day})
      add(uris, past_archive(source, time));
  }
  return uris;
}

DebianPlaces::DebianPlaces(const OsConfig& os, const std::vector<DebianSource>& sources,
                           const std::vector<LockedRelease>& releases)
    : mirrors_(os.mirrors) {
  for (const auto& release : releases) {
    auto& uris = archives_[release.source];
    for (auto& uri : archives_of(release, sources))
      add(uris, std::move(uri));
  }
}

std::vector<std::string> DebianPlaces::urls_of(const std::string& source, const std::string& path) const {
  std::vector<std::string> urls;
  for (const auto& mirror : mirrors_) {
    auto url = mirror.starts_with("file://") ? in_folder(mirror, path) : mirror + "/" + path;
    if (!url.empty()) add(urls, std::move(url));
  }
  const auto found = archives_.find(source);
  if (found == archives_.end()) return urls;
  for (const auto& uri : found->second)
    add(urls, uri + "/" + path);
  return urls;
}

}  // namespace mlrepro
