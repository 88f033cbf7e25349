#include "services/resolve/python_project.hpp"

#include <algorithm>
#include <map>
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

}  // namespace

PythonProject make_project(const std::string& name, const ProjectPage& page, const PythonTarget& target,
                           const CandidatePolicy& policy) {
  PythonProject project;
  project.name = name;
  project.index = page.index;
  project.known = page.known;
  std::map<python::Version, Choice> best;
  std::map<python::Version, bool> seen;  // version -> whether a file of it is a candidate
  bool any_time = page.files.empty();
  for (const auto& file : page.files) {
    any_time = any_time || file.upload_time.has_value();
    const auto wheel = python::WheelName::parse(file.filename);
    if (!wheel || wheel->name != name) {
      if (const auto sdist = python::SdistName::parse(file.filename, name))
        seen.emplace(sdist->version, false);
      continue;
    }
    seen.emplace(wheel->version, false);
    const auto rank = target.tags.rank(*wheel);
    if (!rank || !file.sha256) continue;
    const Fit fit = python_fit(file.requires_python, target.python_version);
    if (fit == Fit::outside) {
      ++project.for_other_python;
      continue;
    }
    if (policy.exclude_newer && file.upload_time && *file.upload_time > *policy.exclude_newer) {
      ++project.too_new;
      continue;
    }
    if (file.yanked && !(policy.yanked_pin && *policy.yanked_pin == wheel->version)) {
      ++project.yanked;
      continue;
    }
    const bool unasked = policy.prereleases == "explicit" && !policy.named_prerelease;
    if (wheel->version.is_prerelease() && (policy.prereleases == "never" || unasked)) {
      continue;
    }
    if (!policy.constraint.contains(wheel->version)) continue;
    Choice choice{*rank, wheel->build ? *wheel->build + 1 : 0, wheel->build_suffix, {}};
    choice.candidate.version = wheel->version;
    choice.candidate.file = file;
    choice.candidate.last_resort = fit == Fit::above;
    seen[wheel->version] = true;
    const auto [at, fresh] = best.try_emplace(wheel->version, choice);
    if (!fresh && choice.better_than(at->second)) at->second = std::move(choice);
  }
  if (policy.exclude_newer && !any_time) {
    throw Error(ErrorKind::input, "no-upload-times",
                "environment.exclude-newer is set, but the index tells no upload times for " + name,
                "use an index that does, or remove exclude-newer");
  }
  project.without_wheel = static_cast<std::size_t>(
      std::count_if(seen.begin(), seen.end(), [](const auto& entry) { return !entry.second; }));
  for (auto& [version, choice] : best)
    project.candidates.push_back(std::move(choice.candidate));
  const bool stable_first = policy.prereleases == "stable-first" && !policy.named_prerelease;
  const auto key = [&](const PythonCandidate& candidate) {
    const bool preferred = policy.preferred && candidate.version.str() == *policy.preferred;
    return std::make_tuple(!preferred, candidate.last_resort,
                           stable_first && candidate.version.is_prerelease());
  };
  std::sort(project.candidates.begin(), project.candidates.end(), [&](const auto& a, const auto& b) {
    const auto left = key(a);
    const auto right = key(b);
    return left != right ? left < right : a.version > b.version;
  });
  return project;
}

void take_metadata(PythonCandidate& candidate, const WheelMetadata& metadata, const PythonTarget& target) {
  candidate.fetched = true;
  candidate.wheel_size = metadata.wheel_size;
  const Fit fit = python_fit(metadata.metadata.requires_python, target.python_version);
  if (fit == Fit::outside) candidate.broken = true;
  const std::vector<std::string>& extras = metadata.metadata.provides_extra;
  for (const auto& line : metadata.metadata.requires_dist) {
    auto requirement = python::Requirement::parse(line);
    if (!requirement) {
      candidate.broken = true;
      continue;
    }
    if (requirement->applies(target.environment)) {
      requirement->marker.reset();
      candidate.dependencies.push_back({*requirement, ""});
      continue;
    }
    std::vector<std::string> holding;
    for (const auto& extra : extras) {
      if (requirement->marker->evaluate(target.environment, extra)) holding.push_back(extra);
    }
    requirement->marker.reset();
    for (const auto& extra : holding)
      candidate.dependencies.push_back({*requirement, extra});
  }
}

}  // namespace mlrepro
