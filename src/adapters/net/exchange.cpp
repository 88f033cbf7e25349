#include "adapters/net/exchange.hpp"

#include <new>
#include <string_view>
#include <utility>

#include "adapters/net/curl_faults.hpp"
#include "adapters/net/origin.hpp"

namespace mlrepro {
namespace {

std::size_t on_body(char* data, std::size_t one, std::size_t count, void* user) {
  const std::size_t size = one * count;
  auto* exchange = static_cast<Exchange*>(user);
  exchange->patience.received(size);
  return exchange->transfer.body_piece({data, size}) ? size : CURL_WRITEFUNC_ERROR;
}

std::size_t on_header(char* data, std::size_t one, std::size_t count, void* user) {
  const std::size_t size = one * count;
  auto* exchange = static_cast<Exchange*>(user);
  if (exchange->route.unchecked && leads_elsewhere({data, size}, exchange->origin)) {
    exchange->transfer.refuse("it redirects away from a host whose certificate is not checked");
    return 0;
  }
  return exchange->transfer.header_line({data, size}) ? size : 0;
}

void add_header(Exchange::Headers& headers, const std::string& line) {
  curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)headers.release();
  headers.reset(longer);
}

}  // namespace

Exchange::Exchange(HttpRequest request, HttpClient::Handler handler, Patience& client_patience)
    : transfer(std::move(request), std::move(handler)),
      origin(origin_of(transfer.request().url)),
      patience(client_patience) {}

void Exchange::prepare(Authorities& authorities) {
  CURL* handle = easy.get();
  curl_easy_reset(handle);
  const HttpRequest& request = transfer.request();
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https,file");
  // What was asked for in secret and with proof must not come in the open from anybody.
  set(CURLOPT_REDIR_PROTOCOLS_STR, is_https(request.url) ? "https" : "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, most_redirects);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_PIPEWAIT, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, words.data());
  words[0] = '\0';
  take_route(handle, route, authorities);
  set(CURLOPT_USERAGENT, "mlrepro/0.1.0");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
  set(CURLOPT_CONNECTTIMEOUT, 20L);
  set(CURLOPT_BUFFERSIZE, 256L * 1024L);
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, this);
  const std::uint64_t from = transfer.resumes_at();
  if (from > 0) {
    set(CURLOPT_RANGE, (std::to_string(from) + "-").c_str());
  } else if (request.range) {
    set(CURLOPT_RANGE,
        (std::to_string(request.range->first) + "-" + std::to_string(request.range->second)).c_str());
  } else if (request.suffix) {
    set(CURLOPT_RANGE, ("-" + std::to_string(*request.suffix)).c_str());
  }
  headers.reset();
  for (const auto& [name, value] : request.headers)
    add_header(headers, name + ": " + value);
  if (transfer.may_be_compressed()) add_header(headers, "Accept-Encoding: gzip");
  if (from > 0) add_header(headers, "If-Range: " + transfer.if_range());
  if (headers) set(CURLOPT_HTTPHEADER, headers.get());
}

}  // namespace mlrepro
