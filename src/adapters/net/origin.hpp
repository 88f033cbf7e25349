// Scheme, host and port of a URL: whose credentials go with it, and which server answers it.
#pragma once

#include <map>
#include <string>

namespace mlrepro {

// "https://host:port" in lower case, without user name and password; of what has no "//", the scheme alone.
[[nodiscard]] std::string origin_of(const std::string& url);

// User names and passwords that URLs came with. The first of an origin stays: what the user configured, and
// not what a page says of another's server.
class Credentials {
 public:
  // Keeps those of an http URL, or puts the known ones of its origin into one that has none.
  void complete(std::string& url);

 private:
  std::map<std::string, std::string> known_;  // origin -> "user:password@"
};

}  // namespace mlrepro
