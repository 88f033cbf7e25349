#include "services/resolve/python_project.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "standards/python/direct_url.hpp"
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

// How far a version's files get, in the order in which they are judged; before `candidate` as in Hindrance.
enum class Stage {
  no_wheel,
  source_only,
  other_python,
  too_new,
  yanked,
  prerelease,
  constrained,
  other_file,
  candidate
};

std::size_t& counter(PythonProject& project, Stage stage) {
  switch (stage) {
    case Stage::source_only: return project.source_only;
    case Stage::other_python: return project.for_other_python;
    case Stage::too_new: return project.too_new;
    case Stage::yanked: return project.yanked;
    case Stage::prerelease: return project.prereleases;
    case Stage::constrained: return project.constrained;
    case Stage::other_file: return project.other_files;
    default: return project.without_wheel;
  }
}

// PEP 592: what is yanked is for those who pin it; "==1.0" pins its local builds too. What was locked stays.
bool takes_yanked(const CandidatePolicy& policy, const python::Version& version) {
  if (policy.preferred && version.str() == *policy.preferred) return true;
  return std::any_of(policy.pins.begin(), policy.pins.end(),
                     [&](const auto& pin) { return python::Specifier::exactly(pin).contains(version); });
}

Stage judge(const python::SimpleFile& file, const python::Version& version, Fit fit,
            const CandidatePolicy& policy) {
  if (fit == Fit::outside) return Stage::other_python;
  if (policy.exclude_newer && (!file.upload_time || *file.upload_time > *policy.exclude_newer))
    return Stage::too_new;
  if (file.yanked && !takes_yanked(policy, version)) return Stage::yanked;
  const bool unasked = policy.prereleases == "explicit" && !policy.named_prerelease;
  if (version.is_prerelease() && (policy.prereleases == "never" || unasked)) return Stage::prerelease;
  if (!policy.constraint.contains(version)) return Stage::constrained;
  // A file without a digest is judged once it was read (PythonReader::identify).
  const bool allowed = policy.files.empty() || !file.sha256 ||
                       std::binary_search(policy.files.begin(), policy.files.end(), *file.sha256);
  return allowed ? Stage::candidate : Stage::other_file;
}

// Of several sources of one version: what PEP 625 wants before what came before it.
std::size_t source_rank(std::string_view extension) {
  constexpr std::array<std::string_view, 5> order{"tar.gz", "tgz", "tar.xz", "tar.bz2", "zip"};
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), extension) - order.begin());
}

// Named as a wheel or sdist, but of no version that PEP 440 knows ("2004d.final").
bool is_unreadable(std::string_view filename) {
  return filename.ends_with(".whl") || filename.ends_with(".tar.gz") || filename.ends_with(".zip");
}

// One project's page on its way to candidates.
class Chooser {
 public:
  Chooser(const std::string& name, const PythonTarget& target, const CandidatePolicy& policy)
      : name_(name), target_(target), policy_(policy) {}

  void look_at(const python::SimpleFile& file) {
    const auto wheel = python::WheelName::parse(file.filename);
    if (wheel && wheel->name == name_) {
      const auto rank = target_.tags.rank(*wheel);
      Stage& reached = seen_.emplace(wheel->version, Stage::no_wheel).first->second;
      if (!policy_.wheels || !rank) return;
      take(file, wheel->version, wheels_, reached,
           {*rank, wheel->build ? *wheel->build + 1 : 0, wheel->build_suffix, {}});
    } else if (const auto source = python::SdistName::parse(file.filename, name_)) {
      Stage& reached = seen_.emplace(source->version, Stage::no_wheel).first->second;
      if (!policy_.sources || !file.sha256) {
        reached = std::max(reached, Stage::source_only);
        return;
      }
      Choice choice{source_rank(source->extension), 0, {}, {}};
      choice.candidate.source = true;
      take(file, source->version, sources_, reached, std::move(choice));
    } else if (!wheel && is_unreadable(file.filename)) {
      ++unreadable_;
    }
  }

  [[nodiscard]] std::map<python::Version, Choice> choices() {
    wheels_.merge(sources_);
    return std::move(wheels_);
  }
  [[nodiscard]] std::size_t unreadable() const noexcept { return unreadable_; }
  [[nodiscard]] const std::map<python::Version, Stage>& seen() const noexcept { return seen_; }

 private:
  void take(const python::SimpleFile& file, const python::Version& version,
            std::map<python::Version, Choice>& best, Stage& reached, Choice choice) const {
    const Fit fit = python_fit(file.requires_python, target_.python_version);
    const Stage stage = judge(file, version, fit, policy_);
    reached = std::max(reached, stage);
    if (stage != Stage::candidate) return;
    choice.candidate.version = version;
    choice.candidate.file = file;
    choice.candidate.last_resort = fit == Fit::above;
    const auto [at, fresh] = best.try_emplace(version, choice);
    if (!fresh && choice.better_than(at->second)) at->second = std::move(choice);
  }

  const std::string& name_;
  const PythonTarget& target_;
  const CandidatePolicy& policy_;
  std::map<python::Version, Choice> wheels_;
  std::map<python::Version, Choice> sources_;
  std::map<python::Version, Stage> seen_;
  std::size_t unreadable_ = 0;
};

// One place has many spellings; and what it says of credentials is for nobody to read.
python::Requirement with_canonical_url(python::Requirement requirement) {
  if (requirement.url.empty()) return requirement;
  std::string why;
  const auto url = python::DirectUrl::parse(requirement.url, why);
  requirement.url = url ? url->str() : python::without_userinfo(requirement.url);
  return requirement;
}

}  // namespace

PythonDependency::PythonDependency(python::Requirement wanted, std::string of_extra)
    : requirement(with_canonical_url(std::move(wanted))),
      extra(std::move(of_extra)),
      bounds(requirement.url.empty() ? requirement.specifiers.str() : "@" + requirement.url) {}

PythonProject make_project(const std::string& name, const ProjectPage& page, const PythonTarget& target,
                           const CandidatePolicy& policy) {
  PythonProject project;
  project.name = name;
  project.index = page.index;
  project.known = page.known;
  Chooser chooser(name, target, policy);
  bool any_time = page.files.empty();
  for (const auto& file : page.files) {
    any_time = any_time || file.upload_time.has_value();
    chooser.look_at(file);
  }
  if (policy.exclude_newer && !any_time) {
    throw Error(ErrorKind::input, "no-upload-times",
                "environment.exclude-newer is set, but the index tells no upload times for " + name,
                "use an index that does, or remove exclude-newer");
  }
  for (const auto& [version, stage] : chooser.seen()) {
    if (stage == Stage::candidate) continue;
    ++counter(project, stage);
    project.left_out.push_back({version, static_cast<Hindrance>(stage)});
  }
  project.unreadable_files = chooser.unreadable();
  project.constraint = policy.constraint.str();
  for (auto& [version, choice] : chooser.choices()) {
    choice.candidate.preferred = policy.preferred && version.str() == *policy.preferred;
    choice.candidate.moving = policy.moving;
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

namespace {

// Those of `extras` for which the marker holds. Mostly it names the one that it means, so that not all need
// be tried.
std::vector<std::string> extras_that_ask(const python::Marker& marker, const std::set<std::string>& extras,
                                         const python::MarkerEnvironment& environment) {
  std::vector<std::string> holding;
  const auto named = marker.extras();
  const std::string other = "no-extra-has-this-name";
  const bool open = marker.evaluate(environment, other) || marker.str().find(" in ") != std::string::npos;
  if (open) {
    std::copy_if(extras.begin(), extras.end(), std::back_inserter(holding),
                 [&](const auto& extra) { return marker.evaluate(environment, extra); });
  } else {
    std::copy_if(named.begin(), named.end(), std::back_inserter(holding),
                 [&](const auto& extra) { return marker.evaluate(environment, extra); });
  }
  return holding;
}

}  // namespace

void take_metadata(PythonCandidate& candidate, const WheelMetadata& metadata, const PythonTarget& target) {
  candidate.fetched = true;
  candidate.wheel_size = metadata.wheel_size;
  candidate.needs_build = metadata.needs_build && metadata.unusable.empty();
  if (metadata.needs_build) {
    candidate.broken = metadata.unusable;
    candidate.unreadable = !metadata.unusable.empty();
    return;
  }
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
      holding = extras_that_ask(*requirement.marker, extras, target.environment);
    }
    if (holding.empty()) continue;
    for (const auto& wanted : overridden(std::move(requirement), target)) {
      for (const auto& extra : holding)
        candidate.dependencies.emplace_back(wanted, extra);
    }
  }
  candidate.extras.assign(extras.begin(), extras.end());
}

}  // namespace mlrepro
