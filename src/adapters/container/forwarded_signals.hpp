// The signals that are the container's business while it runs, taken as readable events; and those of the
// processes that are started for it.
#pragma once

#include <signal.h>

#include <optional>

#include "base/handle.hpp"

namespace mlrepro {

// SIGINT, SIGTERM, SIGHUP and SIGQUIT reach nobody but next() during its life.
class ForwardedSignals {
 public:
  ForwardedSignals();
  ForwardedSignals(const ForwardedSignals&) = delete;
  ForwardedSignals& operator=(const ForwardedSignals&) = delete;
  ~ForwardedSignals();

  [[nodiscard]] int fd() const { return fd_.get(); }  // readable where there is a next one
  [[nodiscard]] std::optional<int> next() const;

 private:
  sigset_t set_{};
  sigset_t before_{};
  UniqueFd fd_;
};

// In a child: none is blocked, and the usual ones end it, whatever its parent ignores or takes itself. Only
// system calls.
void take_usual_signals() noexcept;

}  // namespace mlrepro
