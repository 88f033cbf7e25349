// Which target of a lock a command is about: --platform and --python.
#pragma once

#include <string>
#include <vector>

#include "commands/invocation.hpp"

namespace mlrepro {

struct TargetChoice {
  std::string platform;  // --platform, docker's name: "linux/arm64"; empty: this machine's, else the first
  std::string python;    // --python: "3.12"; empty: the first
};

// This machine's: "linux/amd64".
[[nodiscard]] std::string host_platform();

// The lock of that target (Lockfile::target). Throws Error(input, "no-target") that names those there are.
[[nodiscard]] Lockfile chosen_target(const Lockfile& lock, const TargetChoice& choice);
// For what can hold several: all of the lock, or those of the platform, those of the interpreter; at least
// one. The same throw.
[[nodiscard]] std::vector<Lockfile> chosen_targets(const Lockfile& lock, const TargetChoice& choice);
// The target chosen_target() gives of the project's lock.
[[nodiscard]] Lockfile read_target(const Invocation& invocation, const Manifest& manifest,
                                   const TargetChoice& choice);

// Throws Error(surroundings, "foreign-architecture") where the lock's programs are for machines of another
// kind than this. `why`: what cannot be done with them here.
void require_host_platform(const Lockfile& lock, const std::string& why, const std::string& hint);

}  // namespace mlrepro
