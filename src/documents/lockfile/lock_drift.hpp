// Whether a lock still satisfies its manifest: no network, no solve.
#pragma once

#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

struct Drift {
  std::string key;     // "os.packages", "python.requirements"
  std::string detail;  // "the manifest adds libgomp1"
};

// Where the lock does not hold what the manifest's normalised() now asks for. A changed requirement
// is no drift where the locked version meets it, nor is a constraint that went. A package that is newly asked
// for or no longer asked for, and any other key that changed, is. Every target is judged; what holds for some
// of them only names them.
[[nodiscard]] std::vector<Drift> drift_of(const Lockfile& lock, const Json& manifest_inputs);

// The same of one target, with no regard to which targets there are.
[[nodiscard]] std::vector<Drift> drift_of_target(const Lockfile& lock, const TargetView& target,
                                                 const Json& manifest_inputs);

}  // namespace mlrepro
