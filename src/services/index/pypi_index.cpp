#include "services/index/pypi_index.hpp"

#include <algorithm>
#include <iterator>

#include "base/error.hpp"

namespace mlrepro {

HttpRequest page_request(std::string index, const std::string& name) {
  while (index.ends_with('/'))
    index.pop_back();
  HttpRequest request;
  request.url = index + "/" + name + "/";
  request.headers = {{"Accept", std::string(python::simple_accept)}};
  return request;
}

PypiIndex::PypiIndex(std::vector<PythonIndexConfig> indexes, HttpClient& client, const BlobStore& store,
                     std::filesystem::path cache)
    : indexes_(std::move(indexes)), client_(client), store_(store), cache_(std::move(cache)) {}

std::vector<PythonIndexConfig> indexes_for(const std::vector<PythonIndexConfig>& indexes,
                                           std::string_view name) {
  const auto names_it = [&](const PythonIndexConfig& index) {
    return std::any_of(index.packages.begin(), index.packages.end(), [&](const std::string& pattern) {
      return pattern.ends_with('*')
                 ? name.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1))
                 : name == pattern;
    });
  };
  std::vector<PythonIndexConfig> chosen;
  std::copy_if(indexes.begin(), indexes.end(), std::back_inserter(chosen), names_it);
  if (!chosen.empty()) return chosen;
  std::copy_if(indexes.begin(), indexes.end(), std::back_inserter(chosen),
               [](const auto& index) { return !index.only_named; });
  return chosen;
}

void PypiIndex::page(const std::string& name, std::function<void(const ProjectPage&)> answer) {
  const auto known = pages_.find(name);
  if (known != pages_.end()) return answer(known->second);
  ask_page(name, indexes_for(indexes_, name), std::move(answer));
}

void PypiIndex::ask_page(const std::string& name, std::vector<PythonIndexConfig> left,
                         std::function<void(const ProjectPage&)> answer) {
  if (left.empty()) return answer(pages_[name] = ProjectPage{});
  const PythonIndexConfig index = left.front();
  left.erase(left.begin());
  client_.submit(page_request(index.url, name), [this, name, index, left = std::move(left),
                                                 answer = std::move(answer)](const HttpResponse& response) {
    // 410 is what an index says of a project that was there.
    if (response.status == 404 || response.status == 410) return ask_page(name, left, answer);
    if (response.status != 200) {
      throw Error(ErrorKind::surroundings, "http-status",
                  "the index answered " + std::to_string(response.status) + " for the project " + name +
                      " at " + without_credentials(response.url),
                  "check the index that pip is configured with, or [[python.index]]");
    }
    auto page =
        python::parse_simple_page(response.body, response.url, response.header("content-type").value_or(""));
    if (!page) {
      throw Error(ErrorKind::input, "bad-index",
                  "the page of the project " + name + " at " + without_credentials(response.url) +
                      " is neither PEP 503 HTML nor PEP 691 JSON");
    }
    answer(pages_[name] = ProjectPage{true, index.name, std::move(page->files)});
  });
}

}  // namespace mlrepro
