#include "documents/lockfile/lockfile_diff.hpp"

#include <map>
#include <set>

namespace mlrepro {
namespace {

struct Identity {
  std::string shown;
  Sha256 sha256;
};
using Identities = std::map<std::string, Identity>;

Identities os_identities(const Lockfile& lock) {
  Identities map;
  if (!lock.os) return map;
  for (const auto& package : lock.os->packages) {
    const bool native = package.architecture == lock.os->architecture || package.architecture == "all";
    map[native ? package.name : package.name + ":" + package.architecture] = {package.version,
                                                                              package.sha256};
  }
  return map;
}

Identities python_identities(const Lockfile& lock) {
  Identities map;
  if (!lock.python) return map;
  for (const auto& package : lock.python->packages)
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
             std::vector<LockChange>& changes) {
  std::set<std::string> names;
  for (const auto& [name, identity] : before)
    names.insert(name);
  for (const auto& [name, identity] : after)
    names.insert(name);
  for (const auto& name : names) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    if (old == before.end()) {
      changes.push_back({section, name, "", now->second.shown});
    } else if (now == after.end()) {
      changes.push_back({section, name, old->second.shown, ""});
    } else if (old->second.sha256 != now->second.sha256) {
      changes.push_back({section, name, old->second.shown, now->second.shown});
    }
  }
}

}  // namespace

std::vector<LockChange> changes_between(const Lockfile& before, const Lockfile& after) {
  std::vector<LockChange> changes;
  compare("data", data_identities(before), data_identities(after), changes);
  compare("os", os_identities(before), os_identities(after), changes);
  compare("python", python_identities(before), python_identities(after), changes);
  return changes;
}

}  // namespace mlrepro
