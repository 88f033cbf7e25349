// The targets that a manifest asks for, and what of them the previous lock holds already.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "documents/config/manifest.hpp"
#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

struct TargetPlan {
  TargetName name;    // without interpreter where [os] decides it
  Manifest manifest;  // for this target alone: python.version is its interpreter
};

// Which pins of the previous lock may move.
struct Upgrades {
  bool all = false;
  std::set<std::string> packages = {};  // as written and normalised
  [[nodiscard]] bool moves(const std::string& name) const { return all || packages.contains(name); }
};

// In the order of a lock: by platform, then version of the interpreter.
[[nodiscard]] std::vector<TargetPlan> planned_targets(const Manifest& manifest);

// The previous lock's part for it: of the same platform and interpreter; where both know one target alone,
// that one.
[[nodiscard]] std::optional<TargetView> previous_target(const Lockfile& before, const TargetPlan& plan,
                                                        std::size_t planned);

// Whether that part is just what the plan asks for, so that it can stay as it is.
[[nodiscard]] bool still_fits(const Lockfile& before, const TargetView& part, const TargetPlan& plan,
                              const Json& inputs);

}  // namespace mlrepro
