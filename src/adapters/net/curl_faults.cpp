#include "adapters/net/curl_faults.hpp"

#include <curl/curl.h>

#include "base/text.hpp"

namespace mlrepro {
namespace {

bool passing_fault(int code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
  }
}

// What came in place of a status line is what an answer before it had left over on the connection; libcurl
// calls it HTTP/0.9, and that a protocol it does not support.
bool is_no_http(const CurlEnd& end, const std::string& url) {
  return end.code == CURLE_UNSUPPORTED_PROTOCOL && end.redirects == 0 && url.starts_with("http:");
}

}  // namespace

bool is_https(const std::string& url) {
  return to_lower(url.substr(0, 6)) == "https:";
}

Transfer::Outcome outcome_of(const CurlEnd& end, const std::string& url) {
  if (end.code == CURLE_OK) return Transfer::Outcome::answered;
  if (end.code == CURLE_OPERATION_TIMEDOUT) return Transfer::Outcome::stalled;
  const bool passing = passing_fault(end.code) || is_no_http(end, url);
  return passing ? Transfer::Outcome::broken : Transfer::Outcome::refused;
}

std::string reason_of(const CurlEnd& end, const Transfer& transfer) {
  const std::string words = curl_easy_strerror(static_cast<CURLcode>(end.code));
  const std::string& url = transfer.request().url;
  if (!transfer.fault().empty()) return transfer.fault() + ", " + transfer.progress_words();
  switch (end.code) {
    case CURLE_OK: return "the server cannot go on where the connection broke";
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM: return "the connection broke " + transfer.progress_words() + " (" + words + ")";
    case CURLE_OPERATION_TIMEDOUT: return "next to nothing came any more, " + transfer.progress_words();
    case CURLE_TOO_MANY_REDIRECTS:
      return "it redirects more than " + std::to_string(most_redirects) + " times, perhaps in a circle";
    case CURLE_UNSUPPORTED_PROTOCOL:
      if (is_no_http(end, url)) return "the server's answer is no HTTP";
      if (end.redirects > 0 || is_https(url)) {
        return "it redirects to a place that is not " +
               std::string(is_https(url) ? "https" : "http or https");
      }
      return words;
    case CURLE_WRITE_ERROR: return "its headers are too large";
    default: return words;
  }
}

}  // namespace mlrepro
