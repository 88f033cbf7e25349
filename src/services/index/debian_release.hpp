// One InRelease file: fetched bytes -> verified, dated, named.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "services/index/debian_index.hpp"
#include "standards/deb/release.hpp"

namespace mlrepro {

struct VerifiedRelease {
  deb::Release release;
  LockedRelease locked;  // without indexes
};

// Throws Error(input): "signature" (no good signature, with each one's reason), "bad-release", "wrong-suite",
// and where `at` is given "expired" or "not-yet-valid".
[[nodiscard]] VerifiedRelease verify_release(const std::string& bytes, const DebianSource& source,
                                             std::optional<UnixTime> at);

}  // namespace mlrepro
