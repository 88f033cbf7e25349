#include "commands/shell_command.hpp"

#include <unistd.h>

namespace mlrepro {

int shell_command(const Invocation& invocation, RunOptions options) {
  options.command = {"sh", "-c", "if command -v bash >/dev/null; then exec bash; fi; exec sh"};
  options.interactive = true;
  options.terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  options.no_record = true;
  options.health = false;
  return run_command(invocation, std::move(options));
}

}  // namespace mlrepro
