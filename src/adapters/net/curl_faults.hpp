// How a try of a request ended, by what libcurl says of it.
#pragma once

#include <string>

#include "adapters/net/http_settings.hpp"
#include "adapters/net/transfer.hpp"

namespace mlrepro {

inline constexpr long most_redirects = 10;

[[nodiscard]] bool is_https(const std::string& url);

struct CurlEnd {
  int code = 0;  // a CURLcode
  long redirects = 0;
  long proxy_status = 0;   // with which a proxy answered CONNECT; 0: none was asked
  std::string words = {};  // libcurl's own, of this case; may be empty
};

[[nodiscard]] Transfer::Outcome outcome_of(const CurlEnd& end, const std::string& url);

struct Failure {  // for a person
  std::string reason;
  std::string hint;  // empty: the usual
};
[[nodiscard]] Failure failure_of(const CurlEnd& end, const Transfer& transfer, const Route& route);

}  // namespace mlrepro
