#include "documents/lockfile/lock_drift.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "standards/deb/relation.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace {

std::string shown(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::set<std::string> lines_of(const Json& list) {
  std::set<std::string> lines;
  for (const auto& item : list)
    lines.insert(shown(item));
  return lines;
}

class Comparison {
 public:
  explicit Comparison(const Lockfile& lock) {
    if (lock.os) {
      for (const auto& package : lock.os->packages)
        os_.emplace(package.name, &package);
    }
    if (lock.python) {
      environment_ = python::linux_cpython(lock.python->interpreter.version, lock.machine());
      for (const auto& package : lock.python->packages)
        python_.emplace(package.name, &package);
    }
  }

  std::vector<Drift> drifts;

  void compare(const std::string& key, const Json& locked, const Json& wanted) {
    if (locked == wanted) return;
    if (key == "python.requirements") return compare_lines(key, locked, wanted, &Comparison::meets, true);
    if (key == "python.constraints") return compare_lines(key, locked, wanted, &Comparison::within, false);
    if (key == "os.packages") return compare_lines(key, locked, wanted, &Comparison::has, true);
    if (locked.is_object() && wanted.is_object()) return compare_tables(key, locked, wanted);
    if (locked.is_array() && wanted.is_array()) return compare_lists(key, locked, wanted);
    drifts.push_back({key, "locked for " + shown(locked) + ", the manifest says " + shown(wanted)});
  }

 private:
  // Absent: the lock meets the line. Else what it has instead.
  using Judgement = std::optional<std::string>;
  struct Line {
    std::string name;  // of the package that it is about
    Judgement has_instead;
  };

  void compare_tables(const std::string& key, const Json& locked, const Json& wanted) {
    std::set<std::string> names;
    for (const auto& [name, value] : locked.items())
      names.insert(name);
    for (const auto& [name, value] : wanted.items())
      names.insert(name);
    for (const auto& name : names) {
      const std::string below = key.empty() ? name : key + "." + name;
      if (below == "python.constraints") {
        compare(below, locked.value(name, Json::array()), wanted.value(name, Json::array()));
      } else if (!locked.contains(name)) {
        drifts.push_back({below, "the manifest adds " + shown(wanted[name])});
      } else if (!wanted.contains(name)) {
        drifts.push_back({below, "the manifest no longer has " + shown(locked[name])});
      } else {
        compare(below, locked[name], wanted[name]);
      }
    }
  }

  void compare_lists(const std::string& key, const Json& locked, const Json& wanted) {
    const auto had = lines_of(locked);
    const auto has = lines_of(wanted);
    for (const auto& item : has) {
      if (!had.contains(item)) drifts.push_back({key, "the manifest adds \"" + item + "\""});
    }
    for (const auto& item : had) {
      if (!has.contains(item)) drifts.push_back({key, "the manifest no longer has \"" + item + "\""});
    }
  }

  // `asks`: whether a line asks for its package, so that a package no line names any more is too much.
  void compare_lines(const std::string& key, const Json& locked, const Json& wanted,
                     Line (Comparison::*judge)(const std::string&) const, bool asks) {
    const auto had = lines_of(locked);
    const auto has = lines_of(wanted);
    std::set<std::string> named;
    for (const auto& text : has) {
      const Line line = (this->*judge)(text);
      named.insert(line.name);
      if (had.contains(text) || !line.has_instead) continue;
      drifts.push_back({key, "the manifest adds \"" + text + "\"" + *line.has_instead});
    }
    for (const auto& text : had) {
      if (asks && !has.contains(text) && !named.contains((this->*judge)(text).name))
        drifts.push_back({key, "the manifest no longer has \"" + text + "\""});
    }
  }

  Line meets(const std::string& text) const {
    const auto requirement = python::Requirement::parse(text);
    if (!requirement || !requirement->url.empty()) return {text, ""};
    if (!requirement->applies(environment_)) return {requirement->name, std::nullopt};
    const auto found = python_.find(requirement->name);
    if (found == python_.end()) return {requirement->name, ""};
    const PythonPackage& package = *found->second;
    if (!contains(*requirement, package)) return {requirement->name, ", the lock has " + package.version};
    if (!package.requested) return {requirement->name, ", the lock has it for others only"};
    const bool extras = std::includes(package.extras.begin(), package.extras.end(),
                                      requirement->extras.begin(), requirement->extras.end());
    return {requirement->name, extras ? std::nullopt : Judgement(", the lock has it without that extra")};
  }

  Line within(const std::string& text) const {
    const auto constraint = python::Requirement::parse(text);
    if (!constraint) return {text, ""};
    const auto found = python_.find(constraint->name);
    const bool fits =
        found == python_.end() || !constraint->applies(environment_) || contains(*constraint, *found->second);
    return {constraint->name, fits ? std::nullopt : Judgement(", the lock has " + found->second->version)};
  }

  static bool contains(const python::Requirement& requirement, const PythonPackage& package) {
    const auto version = python::Version::parse(package.version);
    return version && requirement.specifiers.contains(*version);
  }

  Line has(const std::string& text) const {
    const auto wish = wish_of(text);
    if (!wish) return {text, ""};
    std::string instead;
    for (const auto& relation : *wish) {
      const auto found = os_.find(relation.name);
      if (found == os_.end()) continue;
      if (relation.comparison == deb::Comparison::any ||
          deb::satisfies(found->second->version, relation.comparison, relation.version))
        return {wish->front().name,
                found->second->requested ? std::nullopt : Judgement(", the lock has it for others only")};
      instead = ", the lock has " + found->second->version;
    }
    return {wish->front().name, instead};
  }

  static std::optional<deb::Alternatives> wish_of(const std::string& text) {
    try {
      return deb::parse_wish(text);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  std::map<std::string, const OsPackage*> os_;
  std::map<std::string, const PythonPackage*> python_;
  python::MarkerEnvironment environment_;
};

}  // namespace

std::vector<Drift> drift_of(const Lockfile& lock, const Json& manifest_inputs) {
  Comparison comparison(lock);
  comparison.compare("", lock.inputs, manifest_inputs);
  return std::move(comparison.drifts);
}

}  // namespace mlrepro
