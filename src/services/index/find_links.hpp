// Files beside the indexes, as pip's --find-links: folders of wheels and sdists, and pages of links.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "standards/python/simple_page.hpp"

namespace mlrepro {

// The logical source of a project that no index has.
inline constexpr std::string_view find_links_name = "find-links";

class FindLinks {
 public:
  // `places`: URLs of pages, absolute paths of folders or pages. Asks for the pages and returns when they are
  // there. Throws Error(input, "find-links") for a place that is not there or no page.
  FindLinks(const std::vector<std::string>& places, HttpClient& client);

  [[nodiscard]] bool empty() const noexcept { return files_.empty(); }
  // Files of a project (normalised name), sorted by name; those of folders are hashed now.
  [[nodiscard]] std::vector<python::SimpleFile> files_of(const std::string& project);

 private:
  struct Found {
    python::SimpleFile file;
    std::string path;  // in a folder; empty: a link
  };
  void read_folder(const std::string& folder);

  std::vector<Found> files_;
};

}  // namespace mlrepro
