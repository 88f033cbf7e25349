// What a build must not depend on, changed for as long as the object lives and put back at its end: umask,
// variables of the environment (TZ, LANG, LC_ALL, HOME, USER and others), host name (in a UTS namespace of
// our own), number of processors. Threads and programs started meanwhile inherit all of it.
//
// For one thread: no other of this process may read the environment meanwhile.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/handle.hpp"

namespace mlrepro {

class Perturbation {
 public:
  Perturbation();
  Perturbation(const Perturbation&) = delete;
  Perturbation& operator=(const Perturbation&) = delete;
  ~Perturbation();

  // What could be changed here, in words: "umask", "environment", "host name", "processors".
  [[nodiscard]] const std::vector<std::string>& changed() const noexcept { return changed_; }

 private:
  void change_environment();
  void change_host_name();
  void use_one_processor();

  std::vector<std::string> changed_;
  mode_t umask_;
  std::vector<std::pair<const char*, std::optional<std::string>>> variables_;
  UniqueFd host_;  // our UTS namespace before
  std::optional<cpu_set_t> processors_;
};

}  // namespace mlrepro
