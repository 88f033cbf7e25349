// A route, as libcurl takes it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/net/http_settings.hpp"

namespace mlrepro {

// What several files of authorities hold, read once.
class Authorities {
 public:
  // All of the files in one text; absent where one cannot be read, which is then the one to tell of.
  [[nodiscard]] const std::optional<std::string>& together(const std::vector<std::string>& files);

 private:
  std::map<std::vector<std::string>, std::optional<std::string>> known_;
};

// `easy`: a CURL. `authorities` outlives its request.
void take_route(void* easy, const Route& route, Authorities& authorities);

// The first place of authorities that is not there or cannot be read.
[[nodiscard]] const Setting* unreadable(const Route& route);

// Whether a line of an answer's head is the Location of another origin (origin.hpp) than `origin`.
[[nodiscard]] bool leads_elsewhere(std::string_view line, const std::string& origin);

}  // namespace mlrepro
