// What a server's answer is kept with, so that it can be asked whether that answer still stands.
#pragma once

#include <string>

#include "adapters/net/http_client.hpp"
#include "services/index/index_cache.hpp"

namespace mlrepro {

struct Validators {  // RFC 9110 13.1; empty: none
  std::string etag;
  std::string modified;

  [[nodiscard]] static Validators of(const HttpResponse& response);
  // Adds If-None-Match and If-Modified-Since; the answer 304 says that what is kept stands.
  void ask_whether_same(HttpRequest& request) const;

  void write(CacheWriter& out) const;
  [[nodiscard]] static Validators read(CacheReader& in);
};

// By what an address is kept: its digest, without the credentials that it may hold.
[[nodiscard]] std::string cache_key(const std::string& url);

}  // namespace mlrepro
