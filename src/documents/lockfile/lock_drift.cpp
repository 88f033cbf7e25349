#include "documents/lockfile/lock_drift.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "documents/config/base_reference.hpp"
#include "documents/lockfile/locked_lines.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/format_control.hpp"

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

// Where the image lies decides nothing.
bool is_same_base(const Json& locked, const Json& wanted) {
  if (!locked.is_string() || !wanted.is_string()) return false;
  const auto before = parse_base_reference(locked.get_ref<const std::string&>());
  const auto now = parse_base_reference(wanted.get_ref<const std::string&>());
  return before && now && before->digest == now->digest;
}

class Comparison {
 public:
  explicit Comparison(const TargetView& target)
      : section_(*target.python ? &**target.python : nullptr), lines_(target) {}

  std::vector<Drift> drifts;

  void compare(const std::string& key, const Json& locked, const Json& wanted) {
    if (locked == wanted) return;
    if (key == "python.requirements") return compare_lines(key, locked, wanted, &LockedLines::meets, true);
    if (key == "python.constraints") return compare_lines(key, locked, wanted, &LockedLines::within, false);
    if (key == "os.packages") return compare_lines(key, locked, wanted, &LockedLines::has, true);
    if (key == "os.base" && is_same_base(locked, wanted)) return;
    if (locked.is_object() && wanted.is_object()) return compare_tables(key, locked, wanted);
    if (locked.is_array() && wanted.is_array()) return compare_lists(key, locked, wanted);
    drifts.push_back({key, "locked for " + shown(locked) + ", the manifest says " + shown(wanted)});
  }

 private:
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
                     LineJudgement (LockedLines::*judge)(const std::string&) const, bool asks) {
    const auto had = lines_of(locked);
    const auto has = lines_of(wanted);
    std::set<std::string> named;
    for (const auto& text : has) {
      const LineJudgement line = (lines_.*judge)(text);
      named.insert(line.name);
      if (had.contains(text) || !line.has_instead) continue;
      drifts.push_back({key, "the manifest adds \"" + text + "\"" + *line.has_instead});
    }
    for (const auto& text : had) {
      if (asks && !has.contains(text) &&
          (!named.contains((lines_.*judge)(text).name) || lost_place(text, has)))
        drifts.push_back({key, "the manifest no longer has \"" + text + "\""});
    }
  }

  // A line that named a place, while no other names one for that package: an index has it now.
  bool lost_place(const std::string& text, const std::set<std::string>& has) const {
    if (!python::is_direct(text)) return false;
    const std::string name = lines_.comes_from(text).name;
    return std::none_of(has.begin(), has.end(), [&](const auto& other) {
      return python::is_direct(other) && lines_.comes_from(other).name == name;
    });
  }

  const PythonSection* section_;
  LockedLines lines_;
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
