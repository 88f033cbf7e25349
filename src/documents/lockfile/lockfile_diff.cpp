#include "documents/lockfile/lockfile_diff.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace mlrepro {
namespace {

struct Identity {
  std::string shown;
  Sha256 sha256;
};
using Identities = std::map<std::string, Identity>;

Identities os_identities(const std::optional<OsSection>& os) {
  Identities map;
  if (!os) return map;
  for (const auto& package : os->packages) {
    const bool native = package.architecture == os->architecture || package.architecture == "all";
    map[native ? package.name : package.name + ":" + package.architecture] = {package.version,
                                                                              package.sha256};
  }
  if (os->base) map["base image"] = {os->base->digest.tagged().substr(0, 19), os->base->digest};
  return map;
}

Identities python_identities(const std::optional<PythonSection>& python) {
  Identities map;
  if (!python) return map;
  for (const auto& package : python->packages)
    map[package.name] = {package.version, package.file.sha256};
  return map;
}

Identities data_identities(const Lockfile& lock) {
  Identities map;
  for (const auto& data : lock.data)
    map[data.path] = {data.sha256.tagged().substr(0, 19), data.sha256};
  return map;
}

void compare(const std::string& section, const Identities& before, const Identities& after,
             std::vector<LockChange>& changes, const std::string& target = {}) {
  std::set<std::string> names;
  for (const auto& [name, identity] : before)
    names.insert(name);
  for (const auto& [name, identity] : after)
    names.insert(name);
  for (const auto& name : names) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    if (old == before.end()) {
      changes.push_back({section, name, "", now->second.shown, target});
    } else if (now == after.end()) {
      changes.push_back({section, name, old->second.shown, "", target});
    } else if (old->second.sha256 != now->second.sha256) {
      changes.push_back({section, name, old->second.shown, now->second.shown, target});
    }
  }
}

void compare_target(const TargetView& before, const TargetView& after, const std::string& target,
                    std::vector<LockChange>& changes) {
  compare("os", os_identities(*before.os), os_identities(*after.os), changes, target);
  compare("python", python_identities(*before.python), python_identities(*after.python), changes, target);
}

std::string size_of(const TargetView& target) {
  const std::size_t count = (*target.os ? (*target.os)->packages.size() : 0) +
                            (*target.python ? (*target.python)->packages.size() : 0);
  return std::to_string(count) + (count == 1 ? " package" : " packages");
}

const TargetView* find(const std::vector<TargetView>& targets, const TargetName& name) {
  for (const auto& target : targets)
    if (target.name == name) return &target;
  return nullptr;
}

}  // namespace

std::vector<LockChange> changes_between(const Lockfile& before, const Lockfile& after) {
  std::vector<LockChange> changes;
  compare("data", data_identities(before), data_identities(after), changes);
  const auto old = before.views();
  const auto now = after.views();
  if (old.size() == 1 && now.size() == 1) {
    compare_target(old.front(), now.front(), "", changes);
    return changes;
  }
  for (const auto& target : old)
    if (find(now, target.name) == nullptr)
      changes.push_back({"targets", target.name.str(), size_of(target), "", ""});
  for (const auto& target : now)
    if (find(old, target.name) == nullptr)
      changes.push_back({"targets", target.name.str(), "", size_of(target), ""});
  for (const auto& target : now)
    if (const auto* earlier = find(old, target.name))
      compare_target(*earlier, target, target.name.str(), changes);
  return changes;
}

}  // namespace mlrepro
