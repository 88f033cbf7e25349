// mlrepro verify: does what was locked, built and run still hold?
#pragma once

#include <string>

#include "commands/chosen_target.hpp"
#include "commands/invocation.hpp"

namespace mlrepro {

struct VerifyOptions {
  bool lock = false;  // none of lock, image, run: all three, the latest run
  bool image = false;
  std::string run;  // a RUN, or a file that `runs show --json` wrote
  bool replay = false;
  TargetChoice target = {};  // what of a lock is checked; its form and its manifest always as a whole
};

// exit_done where all holds, exit_no where it does not or could not be told.
[[nodiscard]] int verify_command(const Invocation& invocation, const VerifyOptions& options);

}  // namespace mlrepro
