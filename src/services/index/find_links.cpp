#include "services/index/find_links.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "codec/digest.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& why) {
  throw Error(ErrorKind::input, "find-links",
              "cannot look for files in " + python::without_userinfo(place) + ": " + why,
              "check python.find-links, and --find-links in requirements files");
}

std::string url_of(const fs::path& path) {
  python::DirectUrl url;
  url.kind = python::DirectUrl::Kind::local;
  url.path = path.string();
  return url.str();
}

bool is_of(const std::string& file_name, const std::string& project) {
  if (const auto wheel = python::WheelName::parse(file_name)) return wheel->name == project;
  return python::SdistName::parse(file_name, project).has_value();
}

}  // namespace

FindLinks::FindLinks(const std::vector<std::string>& places, HttpClient& client) {
  bool asked = false;
  for (const auto& place : places) {
    const bool local = place.starts_with('/');
    std::error_code ignored;
    if (local && fs::is_directory(place, ignored)) {
      read_folder(place);
      continue;
    }
    if (local && !fs::is_regular_file(place, ignored)) refuse(place, "there is no such folder or page");
    HttpRequest request;
    request.url = local ? url_of(place) : place;
    client.submit(std::move(request), [this, place, local](const HttpResponse& response) {
      if (response.status != 200) refuse(place, "the answer is " + status_words(response));
      const auto page =
          python::parse_simple_page(response.body, local ? url_of(place) : response.url,
                                    local ? "text/html" : response.header("content-type").value_or(""));
      if (!page) refuse(place, "it is no page of links");
      for (const auto& file : page->files)
        files_.push_back({file, ""});
    });
    asked = true;
  }
  if (asked) client.run();
}

void FindLinks::read_folder(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::error_code ignored;
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file(ignored) || !python::is_archive_name(name)) continue;
    python::SimpleFile file;
    file.filename = name;
    file.url = url_of(entry.path());
    file.size = entry.file_size(ignored);
    files_.push_back({std::move(file), entry.path().string()});
  }
}

std::vector<python::SimpleFile> FindLinks::files_of(const std::string& project) {
  std::vector<python::SimpleFile> out;
  for (auto& found : files_) {
    if (!is_of(found.file.filename, project)) continue;
    if (!found.path.empty() && !found.file.sha256) found.file.sha256 = sha256_file(found.path);
    out.push_back(found.file);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.filename, a.url) < std::make_pair(b.filename, b.url);
  });
  return out;
}

}  // namespace mlrepro
