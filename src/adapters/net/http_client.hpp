// HTTP over libcurl's multi interface: many requests at once over few connections, HTTP/2 where the server
// has it.
//
// One thread: submit() queues, run() drives all requests to their end and calls each handler as its answer
// comes; handlers may submit more. Order of arrival is no promise: what feeds a decision must not depend on
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/net/http_settings.hpp"
#include "base/error.hpp"
#include "base/progress.hpp"

namespace mlrepro {

struct HttpRequest {
  std::string url;  // http, https or file
  Side side = Side::python;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range;  // first and last byte
  std::optional<std::uint64_t> suffix;                           // the last N bytes ("bytes=-N")
  std::uint64_t max_bytes = std::uint64_t{256} << 20;  // more is an error, whatever Content-Length said
  // The bytes as the server keeps them, since their digest is known: no compression on the way. So with a
  // sink anyway.
  bool as_served = false;
  // Where set, a 2xx body goes here in pieces and HttpResponse::body stays empty. Throwing ends the request
  // with that exception. What broke off goes on where it was if the server can show that the file is still
  // the same (If-Range); else it starts over: `restart` is called before.
  std::function<void(std::string_view)> sink;
  std::function<void()> restart;
  // Where set, gets the Error of a request that found no answer ("network") or one that is too large, which
  // run() would throw.
  std::function<void(const Error&)> failed;
};

struct HttpResponse {
  long status = 0;  // 200, 206, 404 ...; file: URLs give 200 or 404
  std::string body;
  std::string url;                                           // after redirects
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::uint64_t retry_after = 0;  // seconds that a busy server asks to wait, on top of what was waited
  bool resumed = false;           // the body came in several parts: of one file, as far as the server told
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
  // Size of the whole thing from Content-Range or Content-Length, where told.
  [[nodiscard]] std::optional<std::uint64_t> total_size() const;
};

// For messages: "404"; "429 (too many requests; it asks to wait 7200 s)".
[[nodiscard]] std::string status_words(const HttpResponse& response);
// What to do about a status: `otherwise`, unless it is one that passes.
[[nodiscard]] std::string status_advice(const HttpResponse& response, std::string otherwise);

struct NetworkUse {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;  // bodies received
};

class HttpClient {
 public:
  // `offline`: every request but file: fails at once with Error(surroundings, "offline").
  // `progress`, where given, outlives the client and hears where it has to wait.
  // `settings`: proxies and authorities, for each side's requests. Read once, by run() for the first request
  // that is no file: one, which throws what it throws.
  explicit HttpClient(bool offline = false, Progress* progress = nullptr,
                      std::function<HttpSettings()> settings = {});
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  using Handler = std::function<void(const HttpResponse&)>;
  // Any status reaches the handler, one that may pass (408, 429, 5xx) after 3 tries, or at once where the
  // server asks to wait for more than a minute. Nothing else is asked of a busy server before its time has
  // come; where it answers some and refuses others, these are asked for until it is their turn.
  // No answer at all (name, connection, TLS, cut off, compressed without an end: 3 tries in a row that
  // brought no 1 MiB, with pauses; next to nothing for 30 s of waiting: 2 tries; a redirect loop, or one from
  // https to http, or one that leaves a host whose certificate nobody checks; a certificate that is not
  // trusted; a proxy that refuses) becomes Error(surroundings, "network") naming URL and reason, thrown by
  // run().
  // User name and password in a URL go to its host alone, and then with every URL of that scheme, host and
  // port that has none of its own: an index's credentials are those of the files beside it.
  void submit(HttpRequest request, Handler handler);
  // Returns when nothing is left. The first exception (of a handler, a sink, the network) cancels the rest
  // and is rethrown here.
  void run();
  // submit + run for one. Throws Error(surroundings, "http-status") on a status that is not 2xx.
  [[nodiscard]] HttpResponse get(HttpRequest request);

  [[nodiscard]] NetworkUse use() const noexcept;
  [[nodiscard]] bool offline() const noexcept;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// `reference` resolved against `base` (RFC 3986 section 5), by libcurl's URL API; absent where it is no URL.
[[nodiscard]] std::optional<std::string> resolve_url(const std::string& base, const std::string& reference);
// Without user name and password, for messages, logs and records.
[[nodiscard]] std::string without_credentials(const std::string& url);

}  // namespace mlrepro
