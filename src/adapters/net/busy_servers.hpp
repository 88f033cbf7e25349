// Servers that say they are busy (RFC 6585 section 4, RFC 9110 15.6.4): no request goes to one before its
// time has come, whichever request it was that it refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace mlrepro {

class BusyServers {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Requests to `origin` wait until `until` at least. Whether that is news: nobody was waiting for it at
  // `now`.
  bool busy(const std::string& origin, Time until, Time now);
  // A request to `origin` came to its end.
  void answered(const std::string& origin) { ++servers_[origin].answers; }

  // When a request may go there; long ago where nothing is known.
  [[nodiscard]] Time free_at(const std::string& origin) const;
  // How many have been answered. A server that takes ten requests a minute refuses the others again and
  // again, and yet each comes to its turn as long as this number grows.
  [[nodiscard]] std::uint64_t answers(const std::string& origin) const;

 private:
  struct Server {
    Time free_at{};
    std::uint64_t answers = 0;
  };
  std::map<std::string, Server> servers_;
};

}  // namespace mlrepro
