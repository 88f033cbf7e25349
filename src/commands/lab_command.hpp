// mlrepro lab: a Jupyter server in the locked environment.
#pragma once

#include <cstdint>
#include <optional>

#include "commands/run_command.hpp"

namespace mlrepro {

struct LabOptions {
  RunOptions run;
  std::optional<std::uint16_t>
      port;  // of this machine's loopback; absent: 8888, or a free one where it is taken
};

// JupyterLab, else the notebook, as the lock has it; prints the address with its token, serves until it is
// interrupted, leaves no record. Throws Error(input, "no-jupyter") where the lock has neither.
[[nodiscard]] int lab_command(const Invocation& invocation, LabOptions options);

}  // namespace mlrepro
