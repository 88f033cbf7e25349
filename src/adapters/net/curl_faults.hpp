// How a try of a request ended, by what libcurl says of it.
#pragma once

#include <string>

#include "adapters/net/transfer.hpp"

namespace mlrepro {

inline constexpr long most_redirects = 10;

[[nodiscard]] bool is_https(const std::string& url);

struct CurlEnd {
  int code = 0;  // a CURLcode
  long redirects = 0;
};

[[nodiscard]] Transfer::Outcome outcome_of(const CurlEnd& end, const std::string& url);
// What a person makes something of; libcurl's own words where they do.
[[nodiscard]] std::string reason_of(const CurlEnd& end, const Transfer& transfer);

}  // namespace mlrepro
