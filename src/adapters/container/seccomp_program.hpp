// The filter of system calls that a container's config.json describes, compiled by libseccomp for the kernel.
#pragma once

#include <filesystem>
#include <string>

#include "codec/json.hpp"

namespace mlrepro {

// `profile` is linux.seccomp of OCI's runtime-spec. Returns the program's bytes, as seccomp(2) takes them.
// With `shared_terminal` nothing can be typed into the terminal for its other processes to read (ioctl
// TIOCSTI): it is theirs also. Throws Error(internal) for a profile that says what this does not know.
[[nodiscard]] std::string seccomp_program(const Json& profile, bool shared_terminal);

// The same, kept in the folder `state` from one call to the next, since libseccomp takes longer than all else
// that starts a container. What is kept holds for one profile and one boot (kernel and library may be others
// after it); what does not have the hash that stands beside it is made anew. One file for each value of
// `shared_terminal`.
//
//   "mlrepro-filter 1 " sha256(boot id " " profile) " " sha256(program) "\n" program
//
// The 1 becomes a 2 where seccomp_program makes another program of the same profile.
[[nodiscard]] std::string kept_seccomp_program(const Json& profile, bool shared_terminal,
                                               const std::filesystem::path& state);

}  // namespace mlrepro
