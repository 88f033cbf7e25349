// Seconds since its making, of a clock that nobody sets: for `seconds` keys.
#pragma once

#include <chrono>
#include <cmath>

namespace mlrepro {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {  // to the millisecond
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started_;
    return std::round(passed.count() * 1000) / 1000;
  }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace mlrepro
