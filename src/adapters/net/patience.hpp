// When nobody can be expected to wait any longer: where all that is on its way together brings next to
// nothing.
//
// One request alone tells little. On a slow line that many share each gets a few bytes, and one that libcurl
// still keeps back gets none; a server that sends a byte a second keeps a request alive for ever. So it is
// what comes in all that is judged, over time spent waiting: work of our own between two answers is nobody's
// delay.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace mlrepro {

class Patience {
 public:
  using Waited = std::chrono::milliseconds;  // since the first request; stands still while we work

  static constexpr Waited window{30'000};
  static constexpr std::uint64_t enough_a_window = 30'000;  // bytes: 8 kbit/s
  // What an answer counts for, however small: "304 Not Modified" is no drip.
  static constexpr std::uint64_t worth_of_an_answer = 4096;

  // Both as they happen.
  void waited(std::chrono::microseconds time);
  void received(std::uint64_t bytes);

  [[nodiscard]] Waited now() const;
  // Whether a request that began at `began` has been on its way for a whole window that brought too little.
  [[nodiscard]] bool is_lost(Waited began) const;

 private:
  struct Slice {
    Waited begin{0};
    std::uint64_t bytes = 0;
  };
  void forget_old();

  std::chrono::microseconds now_{0};
  std::deque<Slice> slices_;  // the last window, a second or more each
  std::uint64_t bytes_ = 0;   // in all of them
};

}  // namespace mlrepro
