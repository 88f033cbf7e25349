// The filter of system calls in config.json: OCI runtime-spec 1.0.2, "Seccomp".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json.hpp"

namespace mlrepro::oci {

// linux.seccomp with the effect of docker's default profile (moby, profiles/seccomp/default.json) for a
// process with `capabilities` ("CAP_CHOWN") on `machine`, as uname(2) names it: what is not in the list fails
// with EPERM, clone3 with ENOSYS so that C libraries take clone, whose flags can be judged. io_uring is not
// in the list, as in moby since 25.0.
[[nodiscard]] Json seccomp_profile(const std::vector<std::string>& capabilities, std::string_view machine);

}  // namespace mlrepro::oci
