#include "services/resolve/python_reader.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "services/resolve/python_doubt.hpp"
#include "standards/python/format_control.hpp"

namespace mlrepro {
namespace {

// How many versions around a chosen unknown one are read with it: a round trip costs more than requests
// beside it.
constexpr std::size_t probes = 8;

}  // namespace

PythonReader::PythonReader(const PythonRequest& request, const PythonTarget& target,
                           const std::vector<PythonDependency>& jobs,
                           const std::vector<python::Requirement>& constraints, PythonSource& source,
                           Progress& progress)
    : request_(request),
      target_(target),
      jobs_(jobs),
      constraints_(constraints),
      source_(source),
      progress_(progress),
      exclude_newer_(request.exclude_newer) {}

CandidatePolicy PythonReader::policy_for(const std::string& name) const {
  CandidatePolicy policy;
  policy.prereleases = request_.prereleases;
  policy.exclude_newer = exclude_newer_;
  const auto heed = [&](const python::SpecifierSet& specifiers) {
    policy.named_prerelease = policy.named_prerelease || specifiers.names_prerelease();
    if (const auto pin = specifiers.exact_pin()) policy.pins.push_back(*pin);
  };
  for (const auto& job : jobs_) {
    if (job.requirement.name == name) heed(job.requirement.specifiers);
  }
  if (const auto found = target_.overrides.find(name); found != target_.overrides.end()) {
    for (const auto& wanted : found->second)
      heed(wanted.specifiers);
  }
  for (const auto& constraint : constraints_) {
    if (constraint.name != name) continue;
    heed(constraint.specifiers);
    policy.constraint = policy.constraint.with(constraint.specifiers);
  }
  const auto forms = python::format_control(name, request_.no_build, request_.no_binary);
  policy.wheels = forms != python::FormatControl::source_alone;
  policy.sources = request_.sources != nullptr && forms != python::FormatControl::wheel_alone;
  if (const auto files = request_.hashes.find(name); files != request_.hashes.end())
    policy.files = files->second;
  if (const auto pin = request_.preferred.find(name); pin != request_.preferred.end())
    policy.preferred = pin->second;
  policy.moving = request_.moving.contains(name);
  return policy;
}

void PythonReader::ask_page(const std::string& name) {
  if (!asked_.insert(name).second) return;
  if (const auto direct = request_.direct.find(name); direct != request_.direct.end()) {
    const auto& project = projects_[name] =
        make_direct_project(name, direct->second, target_, policy_for(name));
    if (!project.candidates.empty()) fresh_.push_back({name, 0});
    for (const auto& requirement : std::exchange(for_page_[name], {}))
      pick(requirement);
    return;
  }
  source_.page(name, [this, name](const ProjectPage& page) {
    projects_[name] = make_project(name, page, target_, policy_for(name));
    step();
    for (const auto& requirement : std::exchange(for_page_[name], {}))
      pick(requirement);
  });
}

void PythonReader::ask_metadata(const CandidateRef& ref) {
  const PythonCandidate& candidate = projects_.at(ref.project).candidates.at(ref.candidate);
  if (candidate.fetched || !reading_.insert(ref).second) return;
  source_.metadata(candidate.file, [this, ref](const WheelMetadata& metadata) {
    take_metadata(projects_.at(ref.project).candidates.at(ref.candidate), metadata, target_);
    fresh_.push_back(ref);
    step();
    for (const auto& extras : std::exchange(for_metadata_[ref], {}))
      follow(ref, extras);
  });
}

void PythonReader::read_newest() {
  streaming_ = true;
  for (const auto& job : jobs_)
    stream(job.requirement);
  source_.wait();
  streaming_ = false;
  for (const auto& job : jobs_)
    want(job.requirement);
  read_missing_pages();
}

// Each requirement picks by its own bounds alone, so that what is read is the same whatever comes first.
void PythonReader::stream(const python::Requirement& requirement) {
  if (is_nowhere(requirement) || !streamed_.insert(requirement.str()).second) return;
  if (projects_.find(requirement.name) != projects_.end()) return pick(requirement);
  for_page_[requirement.name].push_back(requirement);
  ask_page(requirement.name);
}

void PythonReader::pick(const python::Requirement& requirement) {
  const auto& candidates = projects_.at(requirement.name).candidates;
  const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const auto& candidate) {
    return requirement.specifiers.contains(candidate.version);
  });
  if (found == candidates.end()) return;
  const CandidateRef ref{requirement.name, static_cast<std::size_t>(found - candidates.begin())};
  if (found->fetched) return follow(ref, requirement.extras);
  for_metadata_[ref].push_back(requirement.extras);
  ask_metadata(ref);
}

void PythonReader::follow(const CandidateRef& ref, const std::vector<std::string>& extras) {
  if (!streaming_) return;
  for (const auto& dependency : projects_.at(ref.project).candidates[ref.candidate].dependencies) {
    if (dependency.extra.empty() ||
        std::find(extras.begin(), extras.end(), dependency.extra) != extras.end()) {
      stream(dependency.requirement);
    }
  }
}

bool PythonReader::read_unknown(const PythonAnswer& answer) {
  std::set<CandidateRef> wanted;
  for (const auto& ref : answer.chosen) {
    if (!projects_.at(ref.project).candidates[ref.candidate].fetched) add_with_probes(ref, wanted);
  }
  return read(wanted);
}

bool PythonReader::read_widely(const PythonAnswer& answer) {
  std::set<CandidateRef> wanted;
  for (const auto& ref : answer.chosen) {
    const auto& candidates = projects_.at(ref.project).candidates;
    if (candidates[ref.candidate].fetched) continue;
    std::size_t& width = width_[ref.project];
    width = width == 0 ? probes : 2 * width;
    std::size_t sources = 0;  // whole files come for these, so never more than a few
    for (std::size_t i = ref.candidate, left = width; i < candidates.size() && left > 0; ++i) {
      if (candidates[i].fetched || (candidates[i].source && sources++ >= probes)) continue;
      wanted.insert({ref.project, i});
      --left;
    }
  }
  return read(wanted);
}

bool PythonReader::read_untried(const PythonAnswer& answer) {
  std::set<CandidateRef> doubted;
  for (const auto& ref : answer.chosen) {
    if (ref.candidate > 0 && doubted_.insert(ref).second) doubted.insert(ref);
  }
  const auto in_use = [&](const auto& project, const auto& extra) {
    return extras_.contains({project, extra});
  };
  const auto wanted = untried(projects_, jobs_, answer, doubted, in_use);
  return !wanted.empty() && read(wanted);
}

PythonReader::ChosenSources PythonReader::sources_of(const PythonAnswer& answer) const {
  ChosenSources out;
  for (const auto& ref : answer.chosen) {
    const PythonCandidate& candidate = projects_.at(ref.project).candidates[ref.candidate];
    const auto& file = candidate.file;
    if (file.filename.ends_with(".whl") || !file.sha256 || request_.direct.contains(ref.project)) continue;
    if (!candidate.fetched) continue;
    if (candidate.needs_build) out.refs.push_back(ref);
    (candidate.needs_build ? out.unknown : out.beside)
        .push_back(
            {ref.project, candidate.version.str(), {file.filename, candidate.wheel_size, *file.sha256}, {}});
  }
  return out;
}

void PythonReader::expect_builds(const PythonAnswer& answer) {
  if (request_.sources == nullptr) return;
  const ChosenSources chosen = sources_of(answer);
  if (!chosen.unknown.empty() || !chosen.beside.empty())
    request_.sources->expect(chosen.unknown, chosen.beside, exclude_newer_);
}

bool PythonReader::build_unknown(const PythonAnswer& answer) {
  const auto [refs, unknown, beside] = sources_of(answer);
  if (refs.empty()) return false;
  auto built = request_.sources->built_metadata(unknown, beside, exclude_newer_);
  for (std::size_t i = 0; i < built.size(); ++i) {
    PythonCandidate& candidate = projects_.at(refs[i].project).candidates[refs[i].candidate];
    WheelMetadata metadata;
    metadata.wheel_size = candidate.wheel_size;
    metadata.metadata = std::move(built[i]);
    take_metadata(candidate, metadata, target_);
    fresh_.push_back(refs[i]);
    step();
  }
  read_missing_pages();
  return true;
}

bool PythonReader::read(const std::set<CandidateRef>& wanted) {
  for (const auto& ref : wanted)
    ask_metadata(ref);
  source_.wait();
  const bool pages = read_missing_pages();
  return !wanted.empty() || pages;
}

// Points of the gap that it lies in, for where one version fails, those beside it mostly fail alike: evenly
// between two known versions; below the oldest known one at distances that grow with the way already gone, or
// evenly to the last where that is not far. Of heavy wheels at first only the one itself.
void PythonReader::add_with_probes(const CandidateRef& ref, std::set<CandidateRef>& wanted) {
  const auto& candidates = projects_.at(ref.project).candidates;
  std::size_t left = probes - 1;
  if (is_heavy(projects_.at(ref.project))) {
    std::size_t& width = heavy_width_[ref.project];
    width = std::min(2 * width + 1, probes);
    left = width - 1;
  }
  // Of a source the whole file would have to come.
  const auto probe = [&](std::size_t at) {
    if (!candidates[at].source && left > 0 && wanted.insert({ref.project, at}).second) --left;
  };
  std::size_t end = ref.candidate + 1;
  while (end < candidates.size() && !candidates[end].fetched)
    ++end;
  const bool below_all = end == candidates.size();
  const std::size_t length = end - ref.candidate - (below_all ? 1 : 0);  // to what ends the gap
  std::size_t distance = 1 + ref.candidate / probes;
  if (below_all && distance << (probes - 2) < length) {
    wanted.insert(ref);
    for (std::size_t i = 1; i < probes; ++i, distance *= 2)
      probe(ref.candidate + distance);
    return;
  }
  const std::size_t steps = below_all ? probes - 1 : probes;
  wanted.insert(ref);
  for (std::size_t i = 1; i < probes; ++i)
    probe(ref.candidate + length * i / steps);
}

void PythonReader::identify(const PythonAnswer& answer) {
  for (const auto& ref : answer.chosen) {
    PythonCandidate& candidate = projects_.at(ref.project).candidates[ref.candidate];
    if (candidate.source || (candidate.file.sha256 && candidate.wheel_size != 0)) continue;
    source_.identify(candidate.file, [&candidate](const Sha256& digest, std::uint64_t size) {
      candidate.file.sha256 = digest;
      candidate.wheel_size = size;
    });
  }
  source_.wait();
  for (const auto& ref : answer.chosen) {
    const PythonCandidate& candidate = projects_.at(ref.project).candidates[ref.candidate];
    const auto allowed = request_.hashes.find(ref.project);
    if (candidate.source || allowed == request_.hashes.end() || allowed->second.empty() ||
        std::binary_search(allowed->second.begin(), allowed->second.end(), *candidate.file.sha256)) {
      continue;
    }
    throw Error(
        ErrorKind::input, "hash-mismatch",
        candidate.file.filename + " has none of the hashes that the requirements allow for " + ref.project,
        "its index tells no hash: name the file's SHA-256 (" + candidate.file.sha256->hex() +
            ") if it is the one that you mean");
  }
}

bool PythonReader::read_missing_pages() {
  for (const auto& ref : std::exchange(fresh_, {})) {
    for (const auto& dependency : projects_.at(ref.project).candidates[ref.candidate].dependencies) {
      if (dependency.extra.empty() || extras_.contains({ref.project, dependency.extra}))
        want(dependency.requirement);
    }
  }
  const std::size_t before = asked_.size();
  for (const auto& name : names_)
    ask_page(name);
  names_.clear();
  source_.wait();
  return asked_.size() != before;
}

// An extra that is asked for the first time leads on from all versions that were read before.
void PythonReader::want(const python::Requirement& requirement) {
  std::vector<const python::Requirement*> open{&requirement};
  while (!open.empty()) {
    const python::Requirement& next = *open.back();
    open.pop_back();
    if (is_nowhere(next)) continue;
    names_.insert(next.name);
    for (const auto& extra : next.extras) {
      if (!extras_.insert({next.name, extra}).second) continue;
      const auto project = projects_.find(next.name);
      if (project == projects_.end()) continue;
      for (const auto& candidate : project->second.candidates) {
        for (const auto& dependency : candidate.dependencies) {
          if (dependency.extra == extra) open.push_back(&dependency.requirement);
        }
      }
    }
  }
}

}  // namespace mlrepro
