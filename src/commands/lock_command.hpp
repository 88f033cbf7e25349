// mlrepro lock: manifest -> indexes -> solvers -> lockfile.
#pragma once

#include <string>
#include <vector>

#include "commands/invocation.hpp"

namespace mlrepro {

struct LockOptions {
  bool upgrade = false;
  std::vector<std::string> upgrade_packages;
  bool dry_run = false;
  bool check = false;
};

[[nodiscard]] int lock_command(const Invocation& invocation, const LockOptions& options);

}  // namespace mlrepro
