#include "adapters/net/curl_faults.hpp"

#include <curl/curl.h>

#include "adapters/net/curl_route.hpp"
#include "adapters/net/origin.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

std::string proxy_words(const Setting& proxy) {
  return "the proxy " + shown_proxy(proxy.value) + " (" + proxy.from + ")";
}

Failure refused_by_proxy(const Setting& proxy, long status) {
  const std::string answer = proxy_words(proxy) + " answers " + std::to_string(status);
  if (status != 407) return {answer, "ask who runs it, or name the host in no_proxy"};
  return {answer + ": it wants a name and password",
          "write them into its address, as http://NAME:PASSWORD@HOST:PORT"};
}

Failure unreachable_proxy(const Setting& proxy, const std::string& words) {
  return {"cannot reach " + proxy_words(proxy) + ": " + words, "check the proxy's address there"};
}

bool is_unreachable_proxy(int code, const Route& route, const std::string& words) {
  const auto& proxy = route.proxy;
  if (!proxy || proxy->value.empty()) return false;
  if (code == CURLE_COULDNT_RESOLVE_PROXY) return true;
  const std::string shown = shown_proxy(proxy->value);
  const auto begin = shown.find("://") + 3;
  const std::string host = shown.substr(begin, shown.rfind(':') - begin);
  return code == CURLE_COULDNT_CONNECT && words.starts_with("Failed to connect to " + host + " ");
}

Failure untrusted(const HttpRequest& request, const Route& route, const std::string& words) {
  std::vector<std::string> asked;
  for (const auto& setting : route.authorities)
    asked.push_back(setting.value + " (" + setting.from + ")");
  const std::string key = request.side == Side::os
                              ? "Acquire::https::CAInfo in apt's configuration, or SSL_CERT_FILE"
                              : "PIP_CERT, or cert in pip's configuration, or SSL_CERT_FILE";
  const std::string now = asked.empty() ? "" : "; now it is " + join(asked, " and ");
  const bool time =
      words.find("expired") != std::string::npos || words.find("not yet valid") != std::string::npos;
  return {"the certificate of " + origin_of(request.url) + " is not trusted (" + words + ")",
          time ? "check this machine's clock, and ask who runs the server for a new certificate"
               : "name a file with its certificate authority: " + key + now};
}

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

// With which status a proxy made no tunnel; 0: it made one, or was not asked.
long proxy_refusal(const CurlEnd& end) {
  return end.proxy_status >= 300 ? end.proxy_status : 0;
}

}  // namespace

bool is_https(const std::string& url) {
  return to_lower(url.substr(0, 6)) == "https:";
}

Transfer::Outcome outcome_of(const CurlEnd& end, const std::string& url) {
  if (end.code == CURLE_OK) return Transfer::Outcome::answered;
  if (end.code == CURLE_OPERATION_TIMEDOUT) return Transfer::Outcome::stalled;
  const long refusal = proxy_refusal(end);
  const bool decided = refusal != 0 && refusal < 500;
  const bool passing = !decided && (passing_fault(end.code) || is_no_http(end, url));
  return passing ? Transfer::Outcome::broken : Transfer::Outcome::refused;
}

Failure failure_of(const CurlEnd& end, const Transfer& transfer, const Route& route) {
  const std::string& url = transfer.request().url;
  const std::string plain = curl_easy_strerror(static_cast<CURLcode>(end.code));
  const std::string words = end.words.empty() ? plain : end.words;
  if (!transfer.fault().empty()) return {transfer.fault() + ", " + transfer.progress_words(), ""};
  if (const long status = proxy_refusal(end); status != 0 && route.proxy)
    return refused_by_proxy(*route.proxy, status);
  if (is_unreachable_proxy(end.code, route, words)) return unreachable_proxy(*route.proxy, words);
  switch (end.code) {
    case CURLE_OK: return {"the server cannot go on where the connection broke", ""};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM:
      return {"the connection broke " + transfer.progress_words() + " (" + plain + ")", ""};
    case CURLE_OPERATION_TIMEDOUT: return {"next to nothing came any more, " + transfer.progress_words(), ""};
    case CURLE_TOO_MANY_REDIRECTS:
      return {"it redirects more than " + std::to_string(most_redirects) + " times, perhaps in a circle", ""};
    case CURLE_UNSUPPORTED_PROTOCOL:
      if (is_no_http(end, url)) return {"the server's answer is no HTTP", ""};
      if (end.redirects > 0 || is_https(url)) {
        return {
            "it redirects to a place that is not " + std::string(is_https(url) ? "https" : "http or https"),
            is_https(url) ? "name an index that serves its files over https, or that redirects to https"
                          : ""};
      }
      return {plain, ""};
    case CURLE_WRITE_ERROR: return {"its headers are too large", ""};
    case CURLE_PEER_FAILED_VERIFICATION: return untrusted(transfer.request(), route, words);
    case CURLE_SSL_CACERT_BADFILE:
      if (!route.authorities.empty()) {
        const Setting* bad = unreadable(route);
        const Setting& named = bad != nullptr ? *bad : route.authorities.front();
        return {"the certificate authorities in " + named.value + " (" + named.from + ") cannot be read",
                "name a file that is there, with certificates in PEM"};
      }
      return {words, ""};
    default: return {plain, ""};
  }
}

}  // namespace mlrepro
