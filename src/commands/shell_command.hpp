// mlrepro shell: a shell in the locked environment, to look around in.
#pragma once

#include "commands/run_command.hpp"

namespace mlrepro {

// run -it of bash, or of sh where the image has no bash; without -t where standard input or output is no
// terminal. Leaves no record.
[[nodiscard]] int shell_command(const Invocation& invocation, RunOptions options);

}  // namespace mlrepro
