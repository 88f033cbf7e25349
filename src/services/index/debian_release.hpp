// One InRelease file: fetched bytes -> verified, dated, named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/index/debian_sources.hpp"
#include "standards/deb/release.hpp"

namespace mlrepro {

struct VerifiedRelease {
  deb::Release release;
  LockedRelease locked;  // without indexes
};

// Throws Error(input): "signature" (no good signature, with each one's reason), "bad-release", "wrong-suite",
// and where `at` is given "expired" or "not-yet-valid"; for a source of the past (DebianSource::as_of) that
// time stands for `at`, and "too-new" is what is later. Without `at`, and for the past, keys are judged as of
// the time of signing: a lock that is looked at again after years was made while its keys were valid, and
// pins the file by its hash.
[[nodiscard]] VerifiedRelease verify_release(const std::string& bytes, const DebianSource& source,
                                             std::optional<UnixTime> at);

}  // namespace mlrepro
