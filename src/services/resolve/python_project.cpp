#include "services/resolve/python_project.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_map>
#include <variant>

#include "base/error.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/page_names.hpp"

namespace mlrepro {
namespace {

using python::Fit;

Fit python_fit(std::string_view requires_python, const python::Version& version) {
  const auto set = python::SpecifierSet::parse(requires_python);
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

// PEP 592: what is yanked is for those who pin it, where nothing else meets the pin; "==1.0" pins its local
// builds too. What was locked stays.
bool takes_yanked(const CandidatePolicy& policy, const python::Version& version) {
  if (policy.preferred && version.str() == *policy.preferred) return true;
  return std::any_of(policy.pins.begin(), policy.pins.end(),
                     [&](const auto& pin) { return python::Specifier::exactly(pin).contains(version); });
}

Stage judge(const FileView& file, const python::Version& version, Fit fit, const CandidatePolicy& policy) {
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

// The file of a version that is best so far. One that is not yanked (PEP 592), then the best tag, then the
// highest build number (PEP 427), then the file name, so that a page's order means nothing.
struct Choice {
  std::size_t rank = 0;
  std::optional<python::BuildTag> build;
  python::SimpleFile file;
  bool last_resort = false;

  [[nodiscard]] bool yields_to(std::size_t other, const std::optional<python::BuildTag>& other_build,
                               const FileView& other_file) const {
    if (file.yanked.has_value() != other_file.yanked.has_value()) return file.yanked.has_value();
    if (rank != other) return other < rank;
    if (build != other_build) return build < other_build;
    return other_file.filename < file.filename;
  }
};

// One project's page on its way to candidates.
class Chooser {
 public:
  Chooser(const std::string& name, const PythonTarget& target, const CandidatePolicy& policy)
      : target_(target), policy_(policy), names_(name, target.tags) {}

  void look_at(const FileView& file) {
    const auto name = names_.read(file.filename);
    if (const auto* wheel = std::get_if<python::PageNames::Wheel>(&name)) {
      Found& found = at(wheel->version);
      if (policy_.wheels && wheel->rank)
        take(file, found, wheel->version, found.wheel, *wheel->rank, wheel->build);
    } else if (const auto* source = std::get_if<python::PageNames::Source>(&name)) {
      Found& found = at(source->version);
      if (policy_.sources && file.sha256) {
        take(file, found, source->version, found.source, source_rank(source->extension), {});
      } else {
        found.reached = std::max(found.reached, Stage::source_only);
      }
    } else if (std::holds_alternative<python::PageNames::Unreadable>(name)) {
      ++unreadable_;
    }
  }

  [[nodiscard]] std::size_t unreadable() const noexcept { return unreadable_; }

  // Candidates in order of preference, and what is none.
  void fill(PythonProject& project) {
    std::vector<std::size_t> order(found_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto& versions = names_.versions();
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return versions[a] < versions[b]; });
    std::vector<std::size_t> chosen;
    for (const auto i : order) {
      if (found_[i].wheel || found_[i].source) {
        chosen.push_back(i);
      } else {
        ++counter(project, found_[i].reached);
        project.left_out.push_back({versions[i], static_cast<Hindrance>(found_[i].reached)});
      }
    }
    std::reverse(chosen.begin(), chosen.end());
    const bool stable_first = policy_.prereleases == "stable-first" && !policy_.named_prerelease;
    const auto key = [&](std::size_t i) {
      return std::make_tuple(!is_preferred(versions[i]), choice(i).file.yanked.has_value(),
                             choice(i).last_resort, stable_first && versions[i].is_prerelease());
    };
    std::stable_sort(chosen.begin(), chosen.end(), [&](auto a, auto b) { return key(a) < key(b); });
    project.candidates.reserve(chosen.size());
    for (const auto i : chosen) {
      PythonCandidate& candidate = project.candidates.emplace_back();
      candidate.version = versions[i];
      candidate.source = takes_source(i);
      candidate.last_resort = choice(i).last_resort;
      candidate.file = std::move(choice(i).file);
      candidate.preferred = is_preferred(versions[i]);
      candidate.moving = policy_.moving;
    }
  }

 private:
  struct Found {
    Stage reached = Stage::no_wheel;
    std::optional<Choice> wheel;
    std::optional<Choice> source;
  };
  Found& at(std::size_t version) {
    if (version >= found_.size()) found_.resize(version + 1);
    return found_[version];
  }
  // A source stands for a version without a wheel, and for one whose wheels alone were yanked.
  [[nodiscard]] bool takes_source(std::size_t version) const {
    const Found& found = found_[version];
    if (!found.wheel || !found.source) return !found.wheel;
    return found.wheel->file.yanked && !found.source->file.yanked &&
           !is_preferred(names_.versions()[version]);
  }
  [[nodiscard]] Choice& choice(std::size_t version) {
    return takes_source(version) ? *found_[version].source : *found_[version].wheel;
  }
  [[nodiscard]] bool is_preferred(const python::Version& version) const {
    return policy_.preferred && version.str() == *policy_.preferred;
  }
  [[nodiscard]] Fit fit_of(const std::optional<std::string_view>& requires_python) {
    if (!requires_python) return Fit::inside;
    const auto [known, fresh] = fits_.try_emplace(*requires_python);
    if (fresh) known->second = python_fit(*requires_python, target_.python_version);
    return known->second;
  }

  void take(const FileView& file, Found& found, std::size_t version, std::optional<Choice>& best,
            std::size_t rank, const std::optional<python::BuildTag>& build) {
    const Fit fit = fit_of(file.requires_python);
    const Stage stage = judge(file, names_.versions()[version], fit, policy_);
    found.reached = std::max(found.reached, stage);
    if (stage != Stage::candidate || (best && !best->yields_to(rank, build, file))) return;
    best = Choice{rank, build, file.file(), fit == Fit::above};
  }

  const PythonTarget& target_;
  const CandidatePolicy& policy_;
  python::PageNames names_;
  std::vector<Found> found_;  // by version
  std::unordered_map<std::string_view, Fit> fits_;
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
  PageFiles::Cursor files(page.files);
  while (const FileView* file = files.next()) {
    any_time = any_time || file->upload_time.has_value();
    chooser.look_at(*file);
  }
  if (policy.exclude_newer && !any_time) {
    throw Error(ErrorKind::input, "no-upload-times",
                "environment.exclude-newer is set, but the index tells no upload times for " + name,
                "use an index that does, or remove exclude-newer");
  }
  chooser.fill(project);
  project.unreadable_files = chooser.unreadable();
  project.constraint = policy.constraint.str();
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
  const auto holding = [&](const auto& tried) {
    std::vector<std::string> out;
    std::copy_if(tried.begin(), tried.end(), std::back_inserter(out),
                 [&](const auto& extra) { return marker.evaluate(environment, extra); });
    return out;
  };
  const std::string other = "no-extra-has-this-name";
  const bool open = marker.evaluate(environment, other) || marker.str().find(" in ") != std::string::npos;
  return open ? holding(extras) : holding(marker.extras());
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
  const auto& python = metadata.metadata.requires_python;
  const Fit fit = python ? python_fit(*python, target.python_version) : Fit::inside;
  candidate.broken = metadata.unusable;
  candidate.unreadable = !metadata.unusable.empty();
  if (fit == Fit::outside) candidate.broken = "it requires Python " + *python;
  if (fit == Fit::above) candidate.last_resort = true;
  if (!candidate.file.requires_python) candidate.file.requires_python = python;
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
