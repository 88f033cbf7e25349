#include "services/resolve/python_doubt.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

namespace mlrepro {
namespace {

constexpr std::size_t points = 8;
constexpr std::uint64_t heavy = 100'000'000;

}  // namespace

bool is_heavy(const PythonProject& project) {
  return std::any_of(project.candidates.begin(), project.candidates.end(), [](const auto& candidate) {
    return candidate.fetched && !candidate.source && candidate.wheel_size > heavy;
  });
}

std::set<CandidateRef> untried(
    const PythonProjects& projects, const std::vector<PythonDependency>& jobs, const PythonAnswer& answer,
    const std::set<CandidateRef>& doubted,
    const std::function<bool(const std::string& project, const std::string& extra)>& in_use) {
  std::map<std::string, std::vector<const python::SpecifierSet*>> bounds;
  for (const auto& job : jobs)
    bounds[job.requirement.name].push_back(&job.requirement.specifiers);
  for (const auto& ref : answer.chosen) {
    for (const auto& dependency : projects.at(ref.project).candidates[ref.candidate].dependencies) {
      if (dependency.extra.empty() || in_use(ref.project, dependency.extra))
        bounds[dependency.requirement.name].push_back(&dependency.requirement.specifiers);
    }
  }
  std::set<CandidateRef> wanted;
  for (const auto& ref : doubted) {
    const auto& candidates = projects.at(ref.project).candidates;
    const auto& asked = bounds[ref.project];
    std::vector<std::size_t> open;  // the nearest first
    for (std::size_t i = ref.candidate; i-- > 0;) {
      const PythonCandidate& candidate = candidates[i];
      if (candidate.fetched || candidate.source || !candidate.broken.empty()) continue;
      const bool fits = std::all_of(asked.begin(), asked.end(), [&](const auto* specifiers) {
        return specifiers->contains(candidate.version);
      });
      if (fits) open.push_back(i);
    }
    if (open.empty()) continue;
    const std::size_t some = is_heavy(projects.at(ref.project)) ? 1 : points;
    for (std::size_t k = 0; k < some; ++k)
      wanted.insert({ref.project, open[k * open.size() / some]});
  }
  return wanted;
}

}  // namespace mlrepro
