#include "services/index/pypi_index.hpp"

#include "base/error.hpp"

namespace mlrepro {

PypiIndex::PypiIndex(std::vector<PythonIndexConfig> indexes, HttpClient& client, const BlobStore& store,
                     std::filesystem::path cache)
    : indexes_(std::move(indexes)), client_(client), store_(store), cache_(std::move(cache)) {}

void PypiIndex::page(const std::string& name, std::function<void(const ProjectPage&)> answer) {
  const auto known = pages_.find(name);
  if (known != pages_.end()) return answer(known->second);
  ask_page(name, 0, std::move(answer));
}

void PypiIndex::ask_page(const std::string& name, std::size_t index,
                         std::function<void(const ProjectPage&)> answer) {
  if (index == indexes_.size()) return answer(pages_[name] = ProjectPage{});
  HttpRequest request;
  request.url = indexes_[index].url;
  while (request.url.ends_with('/'))
    request.url.pop_back();
  request.url += "/" + name + "/";
  request.headers = {{"Accept", std::string(python::simple_accept)}};
  client_.submit(
      std::move(request), [this, name, index, answer = std::move(answer)](const HttpResponse& response) {
        // 410 is what an index says of a project that was there.
        if (response.status == 404 || response.status == 410) return ask_page(name, index + 1, answer);
        if (response.status != 200) {
          throw Error(ErrorKind::surroundings, "http-status",
                      "the index answered " + std::to_string(response.status) + " for the project " + name +
                          " at " + without_credentials(response.url),
                      "check the index that pip is configured with, or [[python.index]]");
        }
        auto page = python::parse_simple_page(response.body, response.url,
                                              response.header("content-type").value_or(""));
        if (!page) {
          throw Error(ErrorKind::input, "bad-index",
                      "the page of the project " + name + " at " + without_credentials(response.url) +
                          " is neither PEP 503 HTML nor PEP 691 JSON");
        }
        answer(pages_[name] = ProjectPage{true, indexes_[index].name, std::move(page->files)});
      });
}

}  // namespace mlrepro
