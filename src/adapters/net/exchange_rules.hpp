// What HTTP (RFC 9110) lets a client conclude from an answer: whether to ask again and when, and whether what
// has come of a file can be completed later.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/net/http_client.hpp"
#include "base/clock.hpp"

namespace mlrepro {

inline constexpr int tries_without_progress = 3;
inline constexpr std::uint64_t longest_pause = 60;  // seconds; what servers that count by the minute ask for

// A status that another try may change: 408, 429 and the 5xx that tell of a moment, not of a decision.
[[nodiscard]] bool status_may_pass(long status);

// A status that speaks of the server, not of what was asked for: too many requests come to it, or it is away
// for a while.
[[nodiscard]] bool is_busy(const HttpResponse& response);

// Seconds that Retry-After asks for, as a number or as a date (RFC 9110 10.2.3; by the server's own clock
// where it tells it, else as of `now`); 0 where it asks for nothing or is past, and where it cannot be read.
[[nodiscard]] std::uint64_t asked_pause(const HttpResponse& response, UnixTime now);

// How long to wait after `failed` tries (1 and up) in a row, where the server asked for `asked` seconds
// (Retry-After; 0: for nothing). Absent where there should be no further try: too many, or it asks for more
// than longest_pause.
[[nodiscard]] std::optional<std::chrono::milliseconds> pause_before_next(int failed, std::uint64_t asked);

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;              // never before `first`
  std::optional<std::uint64_t> total;  // more than `last`; absent for "*"
};
// "bytes 0-499/1234" (RFC 9110 14.4); absent for anything else, "bytes */1234" too.
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view text);

// The value for If-Range: a strong ETag, else a Last-Modified that Date shows to be strong (RFC 9110
// 8.8.2.2). Absent where the rest could be of another state of the file.
[[nodiscard]] std::optional<std::string> resume_validator(const HttpResponse& response);

}  // namespace mlrepro
