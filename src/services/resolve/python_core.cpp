#include "services/resolve/python_core.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "services/resolve/python_mask.hpp"

namespace mlrepro {
namespace {

// Of rules looked at, a few seconds' worth: a conflict that is that large is told less briefly.
constexpr std::size_t most_effort = 40'000'000;

using Barrier = std::pair<std::string, Hindrance>;
using Edge = PythonRefusal::Edge;

// What killed the versions that `job` would take, and what killed those that their killers would take.
std::vector<Edge> edges_below(const python::Requirement& job, const PythonRefusal& refusal,
                              const PythonProjects& projects) {
  std::vector<Edge> edges;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  std::set<std::string> followed;
  std::vector<python::Requirement> open{job};
  while (!open.empty()) {
    const python::Requirement wanted = std::move(open.back());
    open.pop_back();
    const auto of = projects.find(wanted.name);
    if (of == projects.end() || !followed.insert(wanted.str()).second) continue;
    const auto& candidates = of->second.candidates;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (!wanted.specifiers.contains(candidates[i].version)) continue;
      const auto killer = refusal.killed_by.find({wanted.name, i});
      if (killer == refusal.killed_by.end()) continue;
      const auto [at, fresh] = places.try_emplace({wanted.name, killer->second.str()}, edges.size());
      if (fresh) {
        edges.push_back({wanted.name, candidates[i].version, candidates[i].version, killer->second, false});
        open.push_back(killer->second);
      }
      Edge& edge = edges[at->second];
      edge.oldest = std::min(edge.oldest, candidates[i].version);
      edge.newest = std::max(edge.newest, candidates[i].version);
    }
  }
  return edges;
}

PythonCore core_of(const PythonRefusal& refusal, const PythonProjects& projects,
                   const python::Requirement* failing) {
  PythonCore core;
  if (failing != nullptr) {
    core.jobs = {*failing};
    core.edges = edges_below(*failing, refusal, projects);
    return core;
  }
  for (const auto& edge : refusal.edges) {
    if (edge.from.empty()) {
      // One with extras is several edges.
      const auto same = [&](const auto& job) { return job.str() == edge.requirement.str(); };
      if (std::none_of(core.jobs.begin(), core.jobs.end(), same)) core.jobs.push_back(edge.requirement);
    } else {
      core.edges.push_back(edge);
    }
  }
  return core;
}

// Takes away what can be taken away, in ever smaller pieces, while `holds` says that the contradiction
// stands.
template <typename Item, typename Holds>
void shrink(std::vector<Item>& items, const Holds& holds) {
  for (std::size_t piece = items.size(); piece > 0; piece /= 2) {
    for (std::size_t at = 0; at < items.size();) {
      const auto begin = items.begin() + static_cast<std::ptrdiff_t>(at);
      std::vector<Item> fewer(items.begin(), begin);
      fewer.insert(fewer.end(), begin + static_cast<std::ptrdiff_t>(std::min(piece, items.size() - at)),
                   items.end());
      if (holds(fewer)) {
        items = std::move(fewer);
      } else {
        at += piece;
      }
    }
  }
}

class Shrinking {
 public:
  Shrinking(PythonCore core, const PythonProjects& projects) : core_(std::move(core)) {
    std::set<std::string> names;
    for (const auto& job : core_.jobs) {
      jobs_.emplace_back(job, "");
      names.insert(job.name);
    }
    ProjectPairs pairs;
    for (const auto& edge : core_.edges) {
      pairs.emplace(edge.from, edge.requirement.name);
      names.insert({edge.from, edge.requirement.name});
    }
    pairs_.assign(pairs.begin(), pairs.end());
    for (const auto& name : names)
      take(name, projects);
    barriers_.assign(all_barriers_.begin(), all_barriers_.end());
  }

  PythonCore run() {
    if (!contradiction(jobs_, pairs_, barriers_)) return std::move(core_);
    const auto stands = [&](const auto& jobs, const auto& pairs, const auto& barriers) {
      return effort_ < most_effort && contradiction(jobs, pairs, barriers).has_value();
    };
    shrink(barriers_, [&](const auto& fewer) { return stands(jobs_, pairs_, fewer); });
    shrink(pairs_, [&](const auto& fewer) { return stands(jobs_, fewer, barriers_); });
    shrink(jobs_, [&](const auto& fewer) { return !fewer.empty() && stands(fewer, pairs_, barriers_); });
    // Less is needed now than was told.
    const auto refusal = contradiction(jobs_, pairs_, barriers_);
    core_ = core_of(*refusal, projects_,
                    refusal->failing_jobs.empty() ? nullptr : &refusal->failing_jobs.front());
    name_versions();
    return std::move(core_);
  }

 private:
  void take(const std::string& name, const PythonProjects& projects) {
    const auto found = projects.find(name);
    if (found == projects.end()) return;
    PythonProject& project = projects_[name] = found->second;
    for (const auto& candidate : project.candidates) {
      if (candidate.broken.empty()) continue;
      const auto why = candidate.unreadable ? Hindrance::unreadable : Hindrance::other_python;
      left_out_[{name, why}].push_back(static_cast<std::size_t>(&candidate - project.candidates.data()));
    }
    for (const auto& left_out : project.left_out) {
      left_out_[{name, left_out.why}].push_back(project.candidates.size());
      PythonCandidate candidate;
      candidate.version = left_out.version;
      candidate.fetched = true;
      project.candidates.push_back(std::move(candidate));
    }
    for (const auto& [barrier, versions] : left_out_) {
      if (barrier.first == name) all_barriers_.insert(barrier);
    }
  }

  // Versions behind a barrier that is not up are there, and need nothing.
  std::optional<PythonRefusal> contradiction(const std::vector<PythonDependency>& jobs,
                                             const std::vector<std::pair<std::string, std::string>>& pairs,
                                             const std::vector<Barrier>& barriers) {
    for (const auto& [barrier, versions] : left_out_) {
      const bool up = std::find(barriers.begin(), barriers.end(), barrier) != barriers.end();
      for (const std::size_t i : versions)
        projects_.at(barrier.first).candidates[i].broken = up ? "left out" : "";
    }
    return refusal_within(projects_, jobs, masks_, ProjectPairs(pairs.begin(), pairs.end()), effort_);
  }

  // Behind a barrier only those versions matter that all, or else some, of the requirements take.
  void name_versions() {
    for (const auto& barrier : barriers_) {
      const PythonProject& project = projects_.at(barrier.first);
      std::vector<const python::Requirement*> wanted;
      for (const auto& job : core_.jobs)
        wanted.push_back(&job);
      for (const auto& edge : core_.edges)
        wanted.push_back(&edge.requirement);
      std::erase_if(wanted, [&](const auto* each) { return each->name != barrier.first; });
      std::vector<python::Version> by_all;
      std::vector<python::Version> by_any;
      for (const std::size_t i : left_out_.at(barrier)) {
        const python::Version& version = project.candidates[i].version;
        const auto takes = [&](const auto* each) { return each->specifiers.contains(version); };
        if (std::all_of(wanted.begin(), wanted.end(), takes)) by_all.push_back(version);
        if (std::any_of(wanted.begin(), wanted.end(), takes)) by_any.push_back(version);
      }
      auto& versions = by_all.empty() ? by_any : by_all;
      std::sort(versions.begin(), versions.end());
      if (!versions.empty()) core_.barriers.push_back({barrier.first, barrier.second, std::move(versions)});
    }
    std::stable_sort(core_.barriers.begin(), core_.barriers.end(), [](const auto& a, const auto& b) {
      return a.project != b.project ? a.project < b.project : a.versions.back() > b.versions.back();
    });
  }

  PythonCore core_;
  std::vector<PythonDependency> jobs_;
  std::vector<std::pair<std::string, std::string>> pairs_;
  PythonProjects projects_;                               // those of the core, with all their versions
  std::map<Barrier, std::vector<std::size_t>> left_out_;  // candidates
  std::set<Barrier> all_barriers_;
  std::vector<Barrier> barriers_;
  VersionMasks masks_;
  std::size_t effort_ = 0;
};

}  // namespace

std::vector<PythonCore> minimal_cores(const PythonRefusal& refusal, const PythonProjects& projects) {
  std::vector<PythonCore> cores;
  for (const auto& job : refusal.failing_jobs)
    cores.push_back(Shrinking(core_of(refusal, projects, &job), projects).run());
  if (cores.empty()) cores.push_back(Shrinking(core_of(refusal, projects, nullptr), projects).run());
  return cores;
}

}  // namespace mlrepro
