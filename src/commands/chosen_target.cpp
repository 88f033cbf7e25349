#include "commands/chosen_target.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "commands/os_tree.hpp"
#include "standards/python/minor_version.hpp"

namespace mlrepro {
namespace {

// What docker says of the same machine: "linux/arm64/v8", "linux/aarch64", "linux/x86_64".
std::string usual_platform(const std::string& text) {
  const std::string lower = to_lower(text);
  if (lower == "linux/arm64/v8" || lower == "linux/aarch64") return "linux/arm64";
  if (lower == "linux/x86_64" || lower == "linux/x86-64") return "linux/amd64";
  return lower;
}

}  // namespace

std::string host_platform() {
  return "linux/" + host_architecture();
}

namespace {

bool has_platform(const std::vector<TargetName>& names, const std::string& platform) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return name.platform == platform; });
}

// The names that are of `platform`, where it is named, and of the interpreter asked for.
std::vector<TargetName> fitting(const std::vector<TargetName>& names, const std::string& platform,
                                const std::string& python) {
  std::vector<TargetName> chosen;
  for (const auto& name : names) {
    if ((platform.empty() || name.platform == platform) &&
        (python.empty() || python::minor_of(python) == name.python))
      chosen.push_back(name);
  }
  if (!chosen.empty()) return chosen;
  std::vector<std::string> known;
  for (const auto& name : names)
    known.push_back(name.str());
  const std::string asked =
      platform + (platform.empty() || python.empty() ? "" : " ") + (python.empty() ? "" : "python" + python);
  throw Error(ErrorKind::input, "no-target",
              "the lock has no target " + asked + "; it has " + join(known, ", "),
              platform.empty() || has_platform(names, platform)
                  ? "an interpreter is named by os.packages, or python.version"
                  : "add it to platforms under [environment], and run mlrepro lock");
}

}  // namespace

Lockfile chosen_target(const Lockfile& lock, const TargetChoice& choice) {
  const auto names = lock.target_names();
  std::string platform = usual_platform(choice.platform);
  if (platform.empty())
    platform = has_platform(names, host_platform()) ? host_platform() : names.front().platform;
  return lock.target(fitting(names, platform, choice.python).front());
}

std::vector<Lockfile> chosen_targets(const Lockfile& lock, const TargetChoice& choice) {
  std::vector<Lockfile> targets;
  for (const auto& name : fitting(lock.target_names(), usual_platform(choice.platform), choice.python))
    targets.push_back(lock.target(name));
  return targets;
}

Lockfile read_target(const Invocation& invocation, const Manifest& manifest, const TargetChoice& choice) {
  return chosen_target(read_lockfile(invocation.lockfile_path(manifest)), choice);
}

void require_host_platform(const Lockfile& lock, const std::string& why, const std::string& hint) {
  const std::string platform = lock.name().platform;
  if (platform == host_platform()) return;
  throw Error(ErrorKind::surroundings, "foreign-architecture",
              "the target is " + platform + ", and this machine is " + host_platform() + ": " + why, hint);
}

}  // namespace mlrepro
