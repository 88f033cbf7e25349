#include <algorithm>
#include <iterator>

#include "services/index/find_links.hpp"
#include "services/index/pypi_index.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {
namespace {

// The index that the lock names; where this machine has none so called, whatever is asked for the package.
std::vector<PythonIndexConfig> indexes_of(const PythonPackage& package,
                                          const std::vector<PythonIndexConfig>& indexes) {
  std::vector<PythonIndexConfig> chosen;
  std::copy_if(indexes.begin(), indexes.end(), std::back_inserter(chosen),
               [&](const auto& index) { return index.name == package.source; });
  return chosen.empty() ? indexes_for(indexes, package.name) : chosen;
}

}  // namespace

std::map<std::string, std::vector<std::string>> locate_python_files(
    const PythonSection& section, const std::vector<PythonIndexConfig>& indexes, HttpClient& client,
    Progress& progress, const std::vector<std::string>& find_links) {
  std::map<std::string, std::vector<std::string>> urls;
  std::uint64_t asked = 0;
  std::uint64_t done = 0;
  for (const auto& package : section.packages) {
    for (const auto& index : indexes_of(package, indexes)) {
      ++asked;
      client.submit(page_request(index.url, package.name), [&](const HttpResponse& response) {
        progress.update("locate wheels", ++done, asked, Unit::items);
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
  FindLinks links(find_links, client);
  for (const auto& package : section.packages) {
    for (const auto& file :
         links.empty() ? std::vector<python::SimpleFile>() : links.files_of(package.name)) {
      if (file.filename == package.file.name && (!file.sha256 || *file.sha256 == package.file.sha256))
        urls[file.filename].push_back(file.url);
    }
  }
  progress.finish("locate wheels");
  return urls;
}

}  // namespace mlrepro
