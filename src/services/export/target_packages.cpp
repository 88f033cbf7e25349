#include "services/export/target_packages.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/sorted.hpp"
#include "base/text.hpp"
#include "standards/python/minor_version.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace {

std::string place_of(const PythonPackage& package) {
  if (!package.origin) return {};
  const PythonOrigin& origin = *package.origin;
  const VcsPin vcs = origin.vcs.value_or(VcsPin{});
  return origin.url + "\n" + origin.path + "\n" + origin.subdirectory + "\n" + vcs.url + "\n" + vcs.commit +
         "\n" + package.file.sha256.hex();
}

bool same_entry(const TargetPackage& entry, const PythonPackage& package) {
  const PythonPackage& first = entry.package;
  if (first.name != package.name || first.version != package.version || place_of(first) != place_of(package))
    return false;
  // An index may list two sources of one version, and an entry has room for one.
  return package.origin || is_wheel(package.file) || !entry.source ||
         entry.source->sha256 == package.file.sha256;
}

void add_file(TargetPackage& entry, const PythonFile& file) {
  if (!is_wheel(file)) {
    entry.source = file;
    return;
  }
  const auto at = std::lower_bound(entry.wheels.begin(), entry.wheels.end(), file,
                                   [](const auto& a, const auto& b) { return a.name < b.name; });
  if (at == entry.wheels.end() || at->name != file.name) entry.wheels.insert(at, file);
}

void add_to(TargetPackage& entry, const PythonPackage& package, std::size_t target) {
  add_file(entry, package.file);
  entry.targets.push_back(target);
  entry.package.requested = entry.package.requested || package.requested;
  for (auto [all, more] : {std::pair{&entry.package.required_by, &package.required_by},
                           std::pair{&entry.package.extras, &package.extras}}) {
    all->insert(all->end(), more->begin(), more->end());
    sort_unique(*all);
  }
  for (const auto& line : package.requires_) {
    const auto requirement = python::Requirement::parse(line);
    if (requirement && requirement->name != package.name) entry.needs.push_back(requirement->name);
  }
  sort_unique(entry.needs);
}

std::string is(const std::string& variable, const std::string& value) {
  return variable + " == '" + value + "'";
}

// "a" or "a or b" for the values that the chosen targets have; absent where one of the others has one too.
std::optional<std::string> by_one(const std::string& variable, const std::vector<std::string>& values,
                                  const std::set<std::size_t>& chosen) {
  std::set<std::string> inside;
  for (const std::size_t target : chosen)
    inside.insert(values[target]);
  std::set<std::string> outside;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!chosen.contains(i)) outside.insert(values[i]);
  std::vector<std::string> terms;
  for (const auto& value : inside) {
    if (outside.contains(value)) return std::nullopt;
    terms.push_back(is(variable, value));
  }
  return join(terms, " or ");
}

}  // namespace

bool is_source_tree(const PythonPackage& package) {
  if (!package.origin || !package.origin->url.empty()) return false;
  const std::string& path = package.origin->path;
  return package.origin->vcs.has_value() || path.substr(path.rfind('/') + 1) != package.file.name;
}

std::vector<TargetPackage> target_packages(const std::vector<Lockfile>& targets) {
  std::map<std::string, std::vector<TargetPackage>> by_name;
  for (std::size_t target = 0; target < targets.size(); ++target) {
    for (const auto& package : targets[target].python->packages) {
      auto& entries = by_name[package.name];
      auto entry = std::find_if(entries.begin(), entries.end(),
                                [&](const auto& known) { return same_entry(known, package); });
      if (entry == entries.end()) {
        entries.push_back({package, {}, {}, {}, {}});
        entry = entries.end() - 1;
      }
      add_to(*entry, package, target);
    }
  }
  std::vector<TargetPackage> all;
  for (auto& [name, entries] : by_name)
    std::move(entries.begin(), entries.end(), std::back_inserter(all));
  return all;
}

std::string environment_marker(const Lockfile& target) {
  const PythonInterpreter& interpreter = target.python->interpreter;
  return is("sys_platform", "linux") + " and " + is("platform_machine", target.machine()) + " and " +
         is("implementation_name", interpreter.implementation) + " and " +
         is("python_version", python::minor_of(interpreter.version));
}

std::string marker_of(const std::vector<std::size_t>& chosen, const std::vector<Lockfile>& targets) {
  if (chosen.size() == targets.size()) return {};
  const std::set<std::size_t> inside(chosen.begin(), chosen.end());
  std::vector<std::string> machines;
  std::vector<std::string> minors;
  for (const auto& target : targets) {
    machines.push_back(target.machine());
    minors.push_back(python::minor_of(target.python->interpreter.version));
  }
  if (auto marker = by_one("platform_machine", machines, inside)) return *marker;
  if (auto marker = by_one("python_version", minors, inside)) return *marker;
  std::vector<std::string> terms;
  for (const std::size_t target : chosen)
    terms.push_back(is("platform_machine", machines[target]) + " and " +
                    is("python_version", minors[target]));
  return join(terms, " or ");
}

}  // namespace mlrepro
