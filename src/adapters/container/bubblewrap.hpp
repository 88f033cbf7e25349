// bubblewrap (bwrap) as a container runtime, where neither crun nor runc is there: an OCI config.json told in
// its options.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "codec/json.hpp"

namespace mlrepro {

struct BubblewrapStart {
  std::vector<std::string> words;              // bwrap's arguments, words[0] is `program`
  std::vector<std::pair<int, rlimit>> limits;  // set before it
  std::uint64_t capabilities = 0;              // for bound_capabilities
};

struct BubblewrapPlaces {
  std::filesystem::path lower;  // the image's tree, to follow links in
  std::string root;             // the writable tree that is mounted
  std::string sysfs;            // of the container's network namespace; empty: the machine's
  int status_fd = -1;           // --json-status-fd
  int seccomp_fd = -1;
  bool terminal_signals =
      false;  // bwrap is started with SIGINT, SIGQUIT and SIGHUP ignored: the command is not
};

// Another user than root is made by setpriv (util-linux) of the image. Throws
// Error(surroundings, "no-setpriv") where it has none, Error(input, "bad-mount") for a destination that leads
// through a link of another mount.
[[nodiscard]] BubblewrapStart bubblewrap_start(const std::string& program, const Json& config,
                                               const BubblewrapPlaces& places);

// In the child, before bwrap: bounds capabilities to those, a bit each, which bwrap would not, and leaves
// bwrap what it needs itself in the inheritable set, which bwrap clears. Only system calls; returns 0 or
// errno.
[[nodiscard]] int bound_capabilities(std::uint64_t kept) noexcept;

}  // namespace mlrepro
