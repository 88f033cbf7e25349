#include <curl/curl.h>

#include "adapters/net/curl_library.hpp"
#include "adapters/net/http_client.hpp"
#include "base/handle.hpp"

namespace mlrepro {
namespace {

using Url = std::unique_ptr<CURLU, Deleter<curl_url_cleanup>>;

// What no other setter would keep: a scheme that curl itself does not speak ("git+https").
constexpr unsigned lenient = CURLU_NON_SUPPORT_SCHEME;

std::optional<std::string> text_of(CURLU* url) {
  char* raw = nullptr;
  if (curl_url_get(url, CURLUPART_URL, &raw, 0) != CURLUE_OK || raw == nullptr) return std::nullopt;
  const std::unique_ptr<char, Deleter<curl_free>> text(raw);
  return std::string(raw);
}

}  // namespace

std::optional<std::string> resolve_url(const std::string& base, const std::string& reference) {
  load_curl();
  const Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, base.c_str(), lenient) != CURLUE_OK) return std::nullopt;
  if (curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), lenient) != CURLUE_OK) return std::nullopt;
  return text_of(url.get());
}

std::string without_credentials(const std::string& text) {
  if (text.find('@') == std::string::npos) return text;
  load_curl();
  const Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), lenient) != CURLUE_OK) {
    // Not a URL that curl can take apart: show nothing that may be a secret.
    return text.substr(text.rfind('@') + 1);
  }
  curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
  return text_of(url.get()).value_or("");
}

}  // namespace mlrepro
