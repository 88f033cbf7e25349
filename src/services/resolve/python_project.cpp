#include "services/resolve/python_project.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace {

using python::Fit;

struct Choice {
  std::size_t tag = 0;
  std::uint64_t build = 0;
  std::string build_suffix;
  PythonCandidate candidate;

  // Best tag, then the highest build number (PEP 427), then the file name, so that a page's order means
  // nothing.
  [[nodiscard]] bool better_than(const Choice& other) const {
    if (tag != other.tag) return tag < other.tag;
    if (std::tie(build, build_suffix) != std::tie(other.build, other.build_suffix)) {
      return std::tie(build, build_suffix) > std::tie(other.build, other.build_suffix);
    }
    return candidate.file.filename < other.candidate.file.filename;
  }
};

Fit python_fit(const std::optional<std::string>& requires_python, const python::Version& version) {
  if (!requires_python) return Fit::inside;
  const auto set = python::SpecifierSet::parse(*requires_python);
  // What cannot be read excludes nothing, as pip has it.
  return set ? set->fit(version) : Fit::inside;
}

// How far a version's files get, in the order in which they are judged.
enum class Stage { no_wheel, other_python, too_new, yanked, prerelease, constrained, other_file, candidate };

std::size_t& counter(PythonProject& project, Stage stage) {
  switch (stage) {
    case Stage::other_python: return project.for_other_python;
    case Stage::too_new: return project.too_new;
    case Stage::yanked: return project.yanked;
    case Stage::prerelease: return project.prereleases;
    case Stage::constrained: return project.constrained;
    case Stage::other_file: return project.other_files;
    default: return project.without_wheel;
  }
}

Stage judge(const python::SimpleFile& file, const python::Version& version, Fit fit,
            const CandidatePolicy& policy) {
  if (fit == Fit::outside) return Stage::other_python;
  if (policy.exclude_newer && (!file.upload_time || *file.upload_time > *policy.exclude_newer))
    return Stage::too_new;
  const bool pinned = std::find(policy.pins.begin(), policy.pins.end(), version) != policy.pins.end();
  if (file.yanked && !pinned) return Stage::yanked;
  const bool unasked = policy.prereleases == "explicit" && !policy.named_prerelease;
  if (version.is_prerelease() && (policy.prereleases == "never" || unasked)) return Stage::prerelease;
  if (!policy.constraint.contains(version)) return Stage::constrained;
  const bool allowed = policy.files.empty() ||
                       std::binary_search(policy.files.begin(), policy.files.end(), file.sha256.value());
  return allowed ? Stage::candidate : Stage::other_file;
}

}  // namespace

PythonDependency::PythonDependency(python::Requirement wanted, std::string of_extra)
    : requirement(std::move(wanted)),
      extra(std::move(of_extra)),
      bounds(requirement.url.empty() ? requirement.specifiers.str() : "@" + requirement.url) {}

PythonProject make_project(const std::string& name, const ProjectPage& page, const PythonTarget& target,
                           const CandidatePolicy& policy) {
  PythonProject project;
  project.name = name;
  project.index = page.index;
  project.known = page.known;
  std::map<python::Version, Choice> best;
  std::map<python::Version, Stage> seen;
  bool any_time = page.files.empty();
  for (const auto& file : page.files) {
    any_time = any_time || file.upload_time.has_value();
    const auto wheel = python::WheelName::parse(file.filename);
    if (!wheel || wheel->name != name) {
      if (const auto sdist = python::SdistName::parse(file.filename, name))
        seen.emplace(sdist->version, Stage::no_wheel);
      continue;
    }
    Stage& reached = seen.emplace(wheel->version, Stage::no_wheel).first->second;
    const auto rank = target.tags.rank(*wheel);
    if (!rank || !file.sha256) continue;
    const Fit fit = python_fit(file.requires_python, target.python_version);
    const Stage stage = judge(file, wheel->version, fit, policy);
    reached = std::max(reached, stage);
    if (stage != Stage::candidate) continue;
    Choice choice{*rank, wheel->build ? *wheel->build + 1 : 0, wheel->build_suffix, {}};
    choice.candidate.version = wheel->version;
    choice.candidate.file = file;
    choice.candidate.last_resort = fit == Fit::above;
    const auto [at, fresh] = best.try_emplace(wheel->version, choice);
    if (!fresh && choice.better_than(at->second)) at->second = std::move(choice);
  }
  if (policy.exclude_newer && !any_time) {
    throw Error(ErrorKind::input, "no-upload-times",
                "environment.exclude-newer is set, but the index tells no upload times for " + name,
                "use an index that does, or remove exclude-newer");
  }
  for (const auto& [version, stage] : seen) {
    if (stage != Stage::candidate) ++counter(project, stage);
  }
  project.constraint = policy.constraint.str();
  for (auto& [version, choice] : best) {
    choice.candidate.preferred = policy.preferred && version.str() == *policy.preferred;
    project.candidates.push_back(std::move(choice.candidate));
  }
  const bool stable_first = policy.prereleases == "stable-first" && !policy.named_prerelease;
  const auto key = [&](const PythonCandidate& candidate) {
    return std::make_tuple(!candidate.preferred, candidate.last_resort,
                           stable_first && candidate.version.is_prerelease());
  };
  std::sort(project.candidates.begin(), project.candidates.end(), [&](const auto& a, const auto& b) {
    const auto left = key(a);
    const auto right = key(b);
    return left != right ? left < right : a.version > b.version;
  });
  return project;
}

std::vector<python::Requirement> overridden(python::Requirement requirement, const PythonTarget& target) {
  const auto override = target.overrides.find(requirement.name);
  if (override != target.overrides.end()) return override->second;
  requirement.marker.reset();
  return {std::move(requirement)};
}

void take_metadata(PythonCandidate& candidate, const WheelMetadata& metadata, const PythonTarget& target) {
  candidate.fetched = true;
  candidate.wheel_size = metadata.wheel_size;
  const Fit fit = python_fit(metadata.metadata.requires_python, target.python_version);
  candidate.broken = metadata.unusable;
  candidate.unreadable = !metadata.unusable.empty();
  if (fit == Fit::outside)
    candidate.broken = "it requires Python " + metadata.metadata.requires_python.value_or("");
  if (fit == Fit::above) candidate.last_resort = true;
  if (!candidate.file.requires_python) candidate.file.requires_python = metadata.metadata.requires_python;
  // Old metadata names extras in markers alone.
  std::set<std::string> extras(metadata.metadata.provides_extra.begin(),
                               metadata.metadata.provides_extra.end());
  std::vector<python::Requirement> requirements;
  for (const auto& line : metadata.metadata.requires_dist) {
    auto requirement = python::Requirement::parse(line);
    if (!requirement) {
      candidate.broken = "its requirement \"" + line + "\" is not PEP 508";
      candidate.unreadable = true;
      continue;
    }
    if (requirement->marker) {
      const auto named = requirement->marker->extras();
      extras.insert(named.begin(), named.end());
    }
    requirements.push_back(std::move(*requirement));
  }
  for (auto& requirement : requirements) {
    std::vector<std::string> holding;
    if (requirement.applies(target.environment)) {
      holding.emplace_back();
    } else {
      for (const auto& extra : extras) {
        if (requirement.marker->evaluate(target.environment, extra)) holding.push_back(extra);
      }
    }
    if (holding.empty()) continue;
    for (const auto& wanted : overridden(std::move(requirement), target)) {
      for (const auto& extra : holding)
        candidate.dependencies.emplace_back(wanted, extra);  // one for a URL is met by nothing
    }
  }
  candidate.extras.assign(extras.begin(), extras.end());
}

}  // namespace mlrepro
