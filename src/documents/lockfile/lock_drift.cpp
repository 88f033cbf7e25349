#include "documents/lockfile/lock_drift.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/deb/relation.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/format_control.hpp"
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

std::vector<std::string> list_of(const Json& table, const char* key) {
  const auto lines = lines_of(table.value(key, Json::array()));
  return {lines.begin(), lines.end()};
}

class Comparison {
 public:
  explicit Comparison(const TargetView& target) : section_(*target.python ? &**target.python : nullptr) {
    if (*target.os) {
      for (const auto& package : (*target.os)->packages)
        os_.emplace(package.name, &package);
    }
    if (const auto& python = *target.python) {
      environment_ = python::linux_cpython(python->interpreter.version, target.name.machine());
      for (const auto& package : python->packages)
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
      } else if (below == "python.no-build" || below == "python.no-binary") {
        compare_kinds(below, wanted);
      } else if (!locked.contains(name)) {
        drifts.push_back({below, "the manifest adds " + shown(wanted[name])});
      } else if (!wanted.contains(name)) {
        drifts.push_back({below, "the manifest no longer has " + shown(locked[name])});
      } else {
        compare(below, locked[name], wanted[name]);
      }
    }
  }

  // Wheels and sources as no-build and no-binary allow them.
  void compare_kinds(const std::string& key, const Json& wanted) {
    const auto no_build = list_of(wanted, "no-build");
    const auto no_binary = list_of(wanted, "no-binary");
    const auto judge = [&](const PythonPackage& package) {
      if (package.origin) return;  // named by a requirement as what it is
      const auto forms = python::format_control(package.name, no_build, no_binary);
      const bool wrong = key == "python.no-build"
                             ? forms == python::FormatControl::wheel_alone && !is_wheel(package.file)
                             : forms == python::FormatControl::source_alone && is_wheel(package.file);
      if (wrong) drifts.push_back({key, "the lock has " + package.file.name});
    };
    if (section_ == nullptr) return;
    for (const auto& package : section_->packages)
      judge(package);
    for (const auto& build : section_->builds) {
      for (const auto& package : build.packages)
        judge(package);
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
      if (asks && !has.contains(text) &&
          (!named.contains((this->*judge)(text).name) || lost_place(text, has)))
        drifts.push_back({key, "the manifest no longer has \"" + text + "\""});
    }
  }

  // A line that named a place, while no other names one for that package: an index has it now.
  bool lost_place(const std::string& text, const std::set<std::string>& has) const {
    if (!python::is_direct(text)) return false;
    const std::string name = comes_from(text).name;
    return std::none_of(has.begin(), has.end(), [&](const auto& other) {
      return python::is_direct(other) && comes_from(other).name == name;
    });
  }

  // Of a line that names a URL or path: where the lock has its package from instead. A line without a name is
  // about the package that comes from there, if any does.
  Line comes_from(const std::string& text) const {
    std::string why;
    const auto wanted = python::DirectRequirement::parse(text, why);
    if (!wanted) return {text, ""};
    std::string name = wanted->name;
    const PythonPackage* package = nullptr;
    for (const auto& [known, candidate] : python_) {
      if (name.empty() ? is_from(*candidate, wanted->url) : known == name) package = candidate;
    }
    if (name.empty() && package != nullptr) name = package->name;
    if (name.empty()) name = text;
    if (wanted->marker && !wanted->marker->evaluate(environment_, std::vector<std::string>{}))
      return {name, std::nullopt};
    if (package == nullptr) return {name, ""};
    if (!is_from(*package, wanted->url)) return {name, ", the lock has it from " + place_of(*package)};
    if (!package->requested) return {name, ", the lock has it for others only"};
    const bool extras = std::includes(package->extras.begin(), package->extras.end(), wanted->extras.begin(),
                                      wanted->extras.end());
    return {name, extras ? std::nullopt : Judgement(", the lock has it without that extra")};
  }

  static std::string place_of(const PythonPackage& package) {
    if (!package.origin) return package.source;
    const PythonOrigin& origin = *package.origin;
    if (origin.vcs) return origin.vcs->url + " at " + origin.vcs->commit;
    return origin.url.empty() ? origin.path : origin.url;
  }

  // A branch or tag that the lock was not made for could be any commit.
  static bool is_from(const PythonPackage& package, const python::DirectUrl& url) {
    if (!package.origin || package.origin->subdirectory != url.subdirectory) return false;
    if (url.sha256 && *url.sha256 != package.file.sha256) return false;
    const PythonOrigin& origin = *package.origin;
    switch (url.kind) {
      case python::DirectUrl::Kind::archive: return origin.url == python::without_userinfo(url.url);
      case python::DirectUrl::Kind::local: return origin.path == url.path;
      case python::DirectUrl::Kind::git:
        return origin.vcs && origin.vcs->url == python::without_userinfo(url.url) &&
               (url.revision == origin.vcs->commit);
    }
    return false;
  }

  Line meets(const std::string& text) const {
    if (python::is_direct(text)) return comes_from(text);
    const auto requirement = python::Requirement::parse(text);
    if (!requirement) return {text, ""};
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
    if (python::is_direct(text)) {
      Line line = comes_from(text);
      if (!python_.contains(line.name)) line.has_instead.reset();
      return line;
    }
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

  const PythonSection* section_;
  std::map<std::string, const OsPackage*> os_;
  std::map<std::string, const PythonPackage*> python_;
  python::MarkerEnvironment environment_;
};

// Keys that say which targets there are, and not what is in one. With [os], python.version asks something of
// its packages.
bool names_targets(const std::string& key, const TargetView& target) {
  return key == "platforms" || key == "python.versions" || (key == "python.version" && !*target.os);
}

// Every platform that the manifest had, with each interpreter, has its target: a merge may have lost one.
void add_missing_targets(const Lockfile& lock, std::vector<Drift>& drifts) {
  if (lock.whole_id) return;  // it is one target on purpose
  std::set<std::string> platforms;
  std::size_t interpreters = 1;
  if (const auto wanted = lock.inputs.find("platforms"); wanted != lock.inputs.end())
    platforms = lines_of(*wanted);
  if (const auto python = lock.inputs.find("python"); python != lock.inputs.end() && python->is_object()) {
    if (const auto versions = python->find("versions"); versions != python->end())
      interpreters = lines_of(*versions).size();
  }
  std::map<std::string, std::size_t> found;
  for (const auto& name : lock.target_names())
    ++found[name.platform];
  for (const auto& platform : platforms) {
    const std::size_t has = found[platform];
    if (has < interpreters) {
      drifts.push_back({"platforms", "the lock has " + std::to_string(has) + " of " +
                                         std::to_string(interpreters) + " targets for " + platform});
    }
  }
}

}  // namespace

std::vector<Drift> drift_of(const Lockfile& lock, const Json& manifest_inputs) {
  const auto targets = lock.views();
  std::vector<Drift> drifts;
  std::vector<std::vector<std::string>> holders;
  for (const auto& target : targets) {
    Comparison comparison(target);
    comparison.compare("", lock.inputs, manifest_inputs);
    for (auto& drift : comparison.drifts) {
      const auto same = std::find_if(drifts.begin(), drifts.end(), [&](const Drift& other) {
        return other.key == drift.key && other.detail == drift.detail;
      });
      if (same == drifts.end()) {
        drifts.push_back(std::move(drift));
        holders.push_back({target.name.str()});
      } else {
        holders[static_cast<std::size_t>(same - drifts.begin())].push_back(target.name.str());
      }
    }
  }
  for (std::size_t i = 0; i < drifts.size(); ++i)
    if (holders[i].size() < targets.size()) drifts[i].detail += " (" + join(holders[i], ", ") + ")";
  if (drifts.empty()) add_missing_targets(lock, drifts);
  return drifts;
}

std::vector<Drift> drift_of_target(const Lockfile& lock, const TargetView& target,
                                   const Json& manifest_inputs) {
  Comparison comparison(target);
  comparison.compare("", lock.inputs, manifest_inputs);
  auto drifts = std::move(comparison.drifts);
  std::erase_if(drifts, [&](const Drift& drift) { return names_targets(drift.key, target); });
  return drifts;
}

}  // namespace mlrepro
