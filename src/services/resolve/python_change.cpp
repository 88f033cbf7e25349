#include "services/resolve/python_change.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "base/text.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace {

constexpr int oldest_minor = 7;
constexpr int newest_minor = 14;

using python::Requirement;
using python::SpecifierOperator;
using python::SpecifierSet;
using python::Version;

// Lines with `job`'s requirement go through `edit`, which says whether they stay. Returns how many there
// were.
int edit_lines(PythonRequest& request, const Requirement& job,
               const std::function<bool(Requirement&)>& edit) {
  const bool by_override =
      std::any_of(request.overrides.begin(), request.overrides.end(), [&](const auto& line) {
        const auto parsed = Requirement::parse(line);
        return parsed && parsed->name == job.name;
      });
  auto& lines = by_override ? request.overrides : request.requirements;
  int edited = 0;
  std::vector<std::string> kept;
  for (const auto& line : lines) {
    auto parsed = Requirement::parse(line);
    if (!parsed || parsed->str_without_marker() != job.str_without_marker()) {
      kept.push_back(line);
      continue;
    }
    ++edited;
    if (edit(*parsed)) kept.push_back(parsed->str());
  }
  lines = std::move(kept);
  return edited;
}

PythonChange edited(const PythonRequest& request, const Requirement& job,
                    const std::function<void(Requirement&)>& edit) {
  PythonChange change{request, ""};
  Requirement altered = job;
  edit(altered);
  const int lines = edit_lines(change.request, job, [&](Requirement& line) {
    edit(line);
    return true;
  });
  if (lines > 0) change.words = altered.str_without_marker() + " instead of " + job.str_without_marker();
  return change;
}

}  // namespace

PythonChange with_specifiers(const PythonRequest& request, const Requirement& job,
                             const SpecifierSet& specifiers) {
  auto change = edited(request, job, [&](Requirement& line) { line.specifiers = specifiers; });
  if (!change.words.empty() && change.request.hashes.erase(job.name) > 0) change.words += " (and its hashes)";
  return change;
}

PythonChange renamed(const PythonRequest& request, const Requirement& job, const std::string& name) {
  return edited(request, job, [&](Requirement& line) { line.name = name; });
}

PythonChange without(const PythonRequest& request, const Requirement& job) {
  PythonChange change{request, ""};
  if (edit_lines(change.request, job, [](Requirement&) { return false; }) > 0)
    change.words = "leaving out " + job.str_without_marker();
  return change;
}

PythonChange with_pin(const PythonRequest& request, const PythonCore& core, const std::string& project,
                      const Version& version) {
  const SpecifierSet pin({python::Specifier::exactly(version)});
  for (const auto& job : core.jobs) {
    if (job.name == project) return with_specifiers(request, job, pin);
  }
  PythonChange change{request, project + pin.str() + " in python.requirements"};
  change.request.requirements.push_back(project + pin.str());
  return change;
}

PythonChange without_constraint(const PythonRequest& request, const std::string& project) {
  PythonChange change{request, ""};
  std::vector<std::string> gone;
  std::erase_if(change.request.constraints, [&](const auto& line) {
    const auto parsed = Requirement::parse(line);
    if (!parsed || parsed->name != project) return false;
    gone.push_back(line);
    return true;
  });
  if (!gone.empty()) change.words = "leaving out the constraint " + join(gone, " and ");
  return change;
}

PythonChange without_hashes(const PythonRequest& request, const std::string& project) {
  PythonChange change{request, ""};
  if (change.request.hashes.erase(project) > 0)
    change.words = "the hashes of other files for " + project + " in the requirements file";
  return change;
}

PythonChange with_build(const PythonRequest& request, const std::string& project) {
  PythonChange change{request, ""};
  if (request.sources == nullptr) return change;
  auto& named = change.request.no_build;
  if (std::erase(named, project) > 0) {
    change.words = "taking " + project + " out of python.no-build";
  } else if (std::find(named.begin(), named.end(), ":all:") != named.end()) {
    change.words = "a build of " + project + " (python.no-binary names it)";
    change.request.no_binary.push_back(project);
  }
  return change;
}

PythonChange with_prereleases(const PythonRequest& request) {
  PythonChange change{request, "python.prereleases = \"stable-first\""};
  change.request.prereleases = "stable-first";
  return change;
}

PythonChange without_date(const PythonRequest& request) {
  PythonChange change{request, "leaving out exclude-newer"};
  change.request.exclude_newer.reset();
  change.request.exclude_newer_than_pins = false;
  return change;
}

PythonChange with_date(const PythonRequest& request, UnixTime time) {
  PythonChange change = without_date(request);
  change.request.exclude_newer = time;
  change.words = "exclude-newer = \"" + format_rfc3339(time) + "\"";
  return change;
}

std::vector<SpecifierSet> nearer(const Requirement& job, const Version& version,
                                 const std::vector<Version>& candidates) {
  std::vector<SpecifierSet> found;
  const auto add = [&](const std::string& text) {
    auto set = SpecifierSet::parse(text);
    if (set && set->contains(version)) found.push_back(std::move(*set));
  };
  const auto pin = job.specifiers.exact_pin();
  if (pin) {
    // Those between the pin and what works: the nearest two, and one halfway.
    std::vector<Version> between;
    for (const auto& each : candidates) {
      const bool inside = *pin < version ? each > *pin && each < version : each < *pin && each > version;
      if (inside && (!each.is_prerelease() || pin->is_prerelease())) between.push_back(each);
    }
    if (version < *pin) std::reverse(between.begin(), between.end());
    std::set<std::size_t> places{0, 1, between.size() / 2};
    for (const std::size_t place : places) {
      if (place < between.size()) found.emplace_back(std::vector{python::Specifier::exactly(between[place])});
    }
  } else {
    // Bounds that hold the version stay; those that refuse it turn round.
    std::string kept;
    std::optional<Version> edge;
    for (const auto& specifier : job.specifiers.specifiers()) {
      if (specifier.contains(version)) {
        kept += "," + specifier.str();
      } else if (specifier.version() && (!edge || *specifier.version() < *edge)) {
        edge = specifier.version();
      }
    }
    if (edge && version < *edge) add("<" + edge->str() + kept);
    if (edge && version > *edge) {
      const auto above = std::find_if(candidates.begin(), candidates.end(), [&](const auto& each) {
        return each > *edge && !job.specifiers.contains(each) && (!each.is_prerelease() || each == version);
      });
      const bool at_edge = std::find(candidates.begin(), candidates.end(), *edge) != candidates.end();
      if (at_edge && !job.specifiers.contains(*edge)) add(">=" + edge->str() + kept);
      if (above != candidates.end()) add(">=" + above->str() + kept);
    }
  }
  found.emplace_back(std::vector{python::Specifier::exactly(version)});
  return found;
}

std::vector<PythonChange> other_grounds(const PythonRequest& request, const PythonTarget& target,
                                        const PythonBarrier& barrier, const ProjectPage& page) {
  std::vector<PythonChange> changes;
  const auto libc = python::LibcVersion::parse(request.interpreter.libc);
  const auto numbers = split(target.python_version.release_part(), '.');
  const auto here = numbers.size() < 2 ? std::nullopt : parse_number(numbers[1]);
  if (!libc || !here) return changes;
  std::vector<std::pair<const python::SimpleFile*, python::WheelName>> wheels;
  const auto files = page.files.all();
  for (const auto& file : files) {
    auto wheel = python::WheelName::parse(file.filename);
    if (wheel && wheel->name == barrier.project &&
        std::binary_search(barrier.versions.begin(), barrier.versions.end(), wheel->version))
      wheels.emplace_back(&file, std::move(*wheel));
  }
  const auto served = [&](int minor, const python::LibcVersion& ceiling) {
    const python::SupportedTags tags(3, minor, ceiling, request.machine);
    const auto python = Version::parse("3." + std::to_string(minor) + ".99");
    return std::any_of(wheels.begin(), wheels.end(), [&](const auto& each) {
      const auto& asked = each.first->requires_python;
      const auto set = asked ? SpecifierSet::parse(*asked) : std::nullopt;
      return tags.rank(each.second) && (!set || set->contains(*python));
    });
  };
  const std::string& suite = request.ground.suite;
  const int now = static_cast<int>(*here);
  for (int away = 1; away <= newest_minor - oldest_minor; ++away) {
    for (const int minor : {now + away, now - away}) {
      if (minor < oldest_minor || minor > newest_minor || !served(minor, *libc)) continue;
      const std::string version = "3." + std::to_string(minor);
      PythonChange change{request, "python.version = \"" + version + "\""};
      if (!suite.empty()) {
        change.words = "an os.suite whose python3 is " + version + " (" + suite + " has " +
                       request.interpreter.version + "; no other suite was read)";
      }
      change.request.interpreter.version = version;
      changes.push_back(std::move(change));
    }
  }
  for (int minor = libc->minor + 1; minor <= libc->minor + 30; ++minor) {
    if (!served(now, {libc->major, minor})) continue;
    const std::string version = std::to_string(libc->major) + "." + std::to_string(minor);
    PythonChange change{request,
                        "an os.suite whose libc6 is " + version + " or newer (no other suite was read)"};
    if (suite.empty()) change.words = "an [os] whose libc6 is " + version + " or newer";
    change.request.interpreter.libc = "glibc " + version;
    changes.insert(changes.begin(), std::move(change));
    break;
  }
  return changes;
}

}  // namespace mlrepro
