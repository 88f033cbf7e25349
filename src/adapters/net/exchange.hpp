// A request as libcurl has it: its handle, what the handle points at, and what is known of this try.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/net/curl_route.hpp"
#include "adapters/net/patience.hpp"
#include "adapters/net/transfer.hpp"
#include "base/handle.hpp"

namespace mlrepro {

struct Exchange {
  using Clock = std::chrono::steady_clock;
  using Easy = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;
  using Headers = std::unique_ptr<curl_slist, Deleter<curl_slist_free_all>>;

  // `client_patience` outlives it, and hears what comes in.
  Exchange(HttpRequest request, HttpClient::Handler handler, Patience& client_patience);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Before every try, with `easy` and `route` there: tells the handle all of the request. `authorities`
  // outlives the try.
  void prepare(Authorities& authorities);

  Transfer transfer;
  Route route;
  std::string origin;
  Patience& patience;
  Headers headers;  // outlive the handle that uses them
  std::array<char, CURL_ERROR_SIZE> words{};
  Easy easy;
  Clock::time_point not_before;
  Patience::Waited began{0};         // this try
  std::uint64_t answers_before = 0;  // of the origin, when this try began
};

}  // namespace mlrepro
