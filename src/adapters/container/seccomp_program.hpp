// The filter of system calls that a container's config.json describes, compiled by libseccomp for the kernel.
#pragma once

#include "base/handle.hpp"
#include "codec/json.hpp"

namespace mlrepro {

// `profile` is linux.seccomp of OCI's runtime-spec. Returns an open file, at its beginning, that holds the
// program. With `shared_terminal` nothing can be typed into the terminal for its other processes to read
// (ioctl TIOCSTI): it is theirs also. Throws Error(internal) for a profile that says what this does not know.
[[nodiscard]] UniqueFd seccomp_program(const Json& profile, bool shared_terminal);

}  // namespace mlrepro
