#include "services/index/pypi_index.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {

std::map<std::string, std::vector<std::string>> locate_python_files(
    const PythonSection& section, const std::vector<PythonIndexConfig>& indexes, HttpClient& client,
    Progress& progress) {
  std::map<std::string, std::vector<std::string>> urls;
  std::uint64_t done = 0;
  for (const auto& index : indexes) {
    for (const auto& package : section.packages) {
      HttpRequest request;
      request.url = index.url;
      while (request.url.ends_with('/'))
        request.url.pop_back();
      request.url += "/" + package.name + "/";
      request.headers = {{"Accept", std::string(python::simple_accept)}};
      client.submit(std::move(request), [&](const HttpResponse& response) {
        progress.update("locate wheels", ++done, section.packages.size() * indexes.size(), Unit::items);
        if (response.status != 200) return;
        const auto page = python::parse_simple_page(response.body, response.url,
                                                    response.header("content-type").value_or(""));
        if (!page) return;
        for (const auto& file : page->files) {
          if (file.filename != package.file.name) continue;
          // Another file under the same name would only fail its hash later.
          if (file.sha256 && *file.sha256 != package.file.sha256) continue;
          urls[file.filename].push_back(file.url);
        }
      });
    }
  }
  client.run();
  progress.finish("locate wheels");
  return urls;
}

}  // namespace mlrepro
