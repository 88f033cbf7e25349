#include <algorithm>

#include "adapters/net/exchange_rules.hpp"
#include "adapters/net/http_client.hpp"
#include "base/text.hpp"

namespace mlrepro {

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.rbegin(), headers.rend(), [&](const auto& pair) { return pair.first == name; });
  return found == headers.rend() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint64_t> HttpResponse::total_size() const {
  if (const auto range = header("content-range")) {
    return parse_number(std::string_view(*range).substr(std::min(range->rfind('/'), range->size() - 1) + 1));
  }
  if (status == 206) return std::nullopt;
  const auto length = header("content-length");
  return length ? parse_number(*length) : std::nullopt;
}

std::string status_words(const HttpResponse& response) {
  std::string words;
  if (response.status == 407) words = "the proxy wants a name and password";
  if (response.status == 429) words = "too many requests";
  if (response.status == 503) words = "it is busy";
  const std::string asked = std::to_string(response.retry_after) + " s";
  if (response.retry_after > 0) words += (words.empty() ? "it asks to wait " : "; it asks to wait ") + asked;
  return std::to_string(response.status) + (words.empty() ? "" : " (" + words + ")");
}

std::string status_advice(const HttpResponse& response, std::string otherwise) {
  if (response.status == 407) return "write them into the proxy's address, as http://NAME:PASSWORD@HOST:PORT";
  if (!status_may_pass(response.status)) return otherwise;
  if (response.retry_after > longest_pause)
    return "try again when that time is over; what has come is kept, and not asked for again";
  return "the server has trouble of its own: try again later, or use another one";
}

}  // namespace mlrepro
