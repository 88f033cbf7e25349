#include "commands/lock_targets.hpp"

#include "documents/lockfile/lock_drift.hpp"
#include "standards/python/minor_version.hpp"

namespace mlrepro {

std::vector<TargetPlan> planned_targets(const Manifest& manifest) {
  std::vector<TargetPlan> plans;
  for (const auto& platform : manifest.platforms) {
    if (manifest.os || !manifest.python) {
      plans.push_back({{platform, ""}, manifest});
      continue;
    }
    auto versions = manifest.python->versions;
    if (versions.empty()) versions.push_back(manifest.python->version.value_or(""));
    for (const auto& version : versions) {
      plans.push_back({{platform, python::minor_of(version)}, manifest});
      plans.back().manifest.python->version = version;
    }
  }
  return plans;
}

std::optional<TargetView> previous_target(const Lockfile& before, const TargetPlan& plan,
                                          std::size_t planned) {
  const auto views = before.views();
  if (views.size() == 1 && planned == 1) return views.front();
  for (const auto& view : views) {
    if (view.name.platform != plan.name.platform) continue;
    if (plan.name.python.empty() || plan.name.python == view.name.python) return view;
  }
  return std::nullopt;
}

bool still_fits(const Lockfile& before, const TargetView& part, const TargetPlan& plan, const Json& inputs) {
  if (part.name.platform != plan.name.platform) return false;
  if (plan.manifest.os.has_value() != part.os->has_value()) return false;
  if (plan.manifest.python.has_value() != part.python->has_value()) return false;
  if (plan.manifest.python && !plan.manifest.os &&
      (*part.python)->interpreter.version != plan.manifest.python->version)
    return false;
  return drift_of_target(before, part, inputs).empty();
}

}  // namespace mlrepro
