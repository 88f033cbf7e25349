// Pipes between us and a child.
#pragma once

#include "base/handle.hpp"

namespace mlrepro {

struct Pipe {
  Pipe();  // both ends close at exec
  UniqueFd read_end;
  UniqueFd write_end;
};

// The errno that a child wrote because it did not come to its exec; 0 where the pipe ended without one.
[[nodiscard]] int told_failure(const Pipe& pipe);

}  // namespace mlrepro
