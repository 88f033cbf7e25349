// How long the phases of a build took.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/stopwatch.hpp"

namespace mlrepro {

struct PhaseTimes {
  std::vector<std::pair<std::string, double>> phases;  // name, seconds

  template <typename Work>
  void timed(const char* name, Work work) {
    const Stopwatch watch;
    work();
    phases.emplace_back(name, watch.seconds());
  }
};

}  // namespace mlrepro
