#include "adapters/net/curl_route.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "adapters/net/origin.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t largest_authorities = std::uint64_t{16} << 20;

}  // namespace

const Setting* unreadable(const Route& route) {
  for (const auto& setting : route.authorities)
    if (::access(setting.value.c_str(), R_OK) != 0) return &setting;
  return nullptr;
}

const std::optional<std::string>& Authorities::together(const std::vector<std::string>& files) {
  const auto known = known_.find(files);
  if (known != known_.end()) return known->second;
  std::optional<std::string> all = std::string();
  try {
    for (const auto& file : files)
      *all += read_file(file, largest_authorities) + "\n";
  } catch (const Error&) {
    all.reset();
  }
  return known_[files] = std::move(all);
}

void take_route(void* easy, const Route& route, Authorities& authorities) {
  const auto set = [&](CURLoption option, const char* value) { curl_easy_setopt(easy, option, value); };
  std::vector<std::string> files;
  for (const auto& [place, from] : route.authorities) {
    std::error_code ignored;
    if (std::filesystem::is_directory(place, ignored)) {
      set(CURLOPT_CAPATH, place.c_str());
      set(CURLOPT_PROXY_CAPATH, place.c_str());
    } else {
      files.push_back(place);
    }
  }
  if (route.authorities.empty()) {
    if (const auto folder = environment(env::ssl_cert_dir)) set(CURLOPT_CAPATH, folder->c_str());
  }
  const auto* text = files.size() > 1 ? &authorities.together(files) : nullptr;
  if (text != nullptr && *text) {
    curl_blob blob{const_cast<char*>((*text)->data()), (*text)->size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO_BLOB, &blob);
  } else if (!files.empty()) {
    // Of one that cannot be read libcurl will say so.
    const Setting* bad = unreadable(route);
    const std::string& file = bad != nullptr ? bad->value : files.front();
    set(CURLOPT_CAINFO, file.c_str());
    set(CURLOPT_PROXY_CAINFO, file.c_str());
    // In place of libcurl's own folder, not beside it; it also reads a lone file once for all connections.
    if (route.authorities.size() == 1) {
      set(CURLOPT_CAPATH, nullptr);
      set(CURLOPT_PROXY_CAPATH, nullptr);
    }
  }
  // An empty one keeps libcurl from looking at the environment itself.
  set(CURLOPT_PROXY, route.proxy ? route.proxy->value.c_str() : "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (route.unchecked) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

bool leads_elsewhere(std::string_view line, const std::string& origin) {
  constexpr std::string_view name = "location:";
  if (line.size() < name.size() || to_lower(line.substr(0, name.size())) != name) return false;
  const std::string target(trim(line.substr(name.size())));
  if (target.starts_with("//") || target.starts_with("\\")) return true;
  return target.find("://") < target.find_first_of("/?#") && origin_of(target) != origin;
}

}  // namespace mlrepro
