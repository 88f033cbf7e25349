#include "services/resolve/python_graph.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

namespace mlrepro {

PythonGraph::PythonGraph(const PythonProjects& projects, const std::vector<PythonDependency>& jobs,
                         VersionMasks& masks, bool assume, const ProjectPairs* only)
    : projects_(projects), masks_(masks), assume_(assume), only_(only) {
  for (const auto& job : jobs)
    add_requirement(job, job_edges_);
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    expand(i);  // grows while it goes
}

int PythonGraph::node_of(const std::string& name, const std::string& extra) {
  const auto key = std::make_pair(name, extra);
  if (const auto found = node_ids_.find(key); found != node_ids_.end()) return found->second;
  const int base = extra.empty() ? static_cast<int>(nodes_.size()) : node_of(name, "");
  static const PythonProject unknown;
  const auto project = projects_.find(name);
  GraphNode node;
  node.project = project == projects_.end() ? &unknown : &project->second;
  node.extra = extra;
  node.base = base;
  node.alive = VersionMask(node.project->candidates.size(), true);
  for (std::size_t i = 0; i < node.alive.size(); ++i) {
    if (!node.project->candidates[i].broken.empty()) node.alive.clear(i);
  }
  nodes_.push_back(std::move(node));
  const int id = static_cast<int>(nodes_.size()) - 1;
  node_ids_.emplace(key, id);
  return id;
}

int PythonGraph::add_edge(int target, const VersionMask& mask, const python::Requirement& requirement) {
  const auto [at, fresh] = edge_ids_.try_emplace({target, mask}, static_cast<int>(edges_.size()));
  if (fresh) edges_.push_back({target, mask, &requirement});
  return at->second;
}

// One requirement is an edge to the project and one to each extra's node.
void PythonGraph::add_requirement(const PythonDependency& wanted, std::vector<int>& into) {
  const int base = node_of(wanted.requirement.name, "");
  const VersionMask& mask = masks_.of(*node(base).project, wanted);
  into.push_back(add_edge(base, mask, wanted.requirement));
  for (const auto& extra : wanted.requirement.extras) {
    into.push_back(add_edge(node_of(wanted.requirement.name, extra), mask, wanted.requirement));
  }
}

void PythonGraph::expand(std::size_t id) {
  const PythonProject& project = *nodes_[id].project;
  const std::string extra = nodes_[id].extra;
  std::vector<std::vector<int>> edges(project.candidates.size());
  for (std::size_t i = 0; i < project.candidates.size(); ++i) {
    for (const auto& dependency : project.candidates[i].dependencies) {
      if (dependency.extra != extra) continue;
      if (only_ != nullptr && !only_->contains({project.name, dependency.requirement.name})) continue;
      add_requirement(dependency, edges[i]);
    }
  }
  if (assume_) assume_between(project, edges);
  nodes_[id].edges = std::move(edges);
}

// Guesses for what lies between two fetched versions; outside the fetched range nothing is assumed. Of a
// stable version pre-releases tell nothing: they mostly ask for pre-releases of others, which it does not.
void PythonGraph::assume_between(const PythonProject& project, std::vector<std::vector<int>>& edges) {
  std::vector<std::size_t> order(project.candidates.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return project.candidates[a].version < project.candidates[b].version; });
  std::vector<std::vector<std::size_t>> unknown(2);  // since `left`: pre-releases, stable versions
  std::vector<std::optional<std::size_t>> left(2);
  for (const std::size_t i : order) {
    const PythonCandidate& candidate = project.candidates[i];
    const bool stable = !candidate.version.is_prerelease();
    if (!candidate.fetched) {
      unknown[stable ? 1 : 0].push_back(i);
      continue;
    }
    for (const bool of_stable : {false, true}) {
      if (of_stable && !stable) continue;
      auto& between = unknown[of_stable ? 1 : 0];
      auto& from = left[of_stable ? 1 : 0];
      if (from && !between.empty()) {
        const std::vector<int> guess = hull(edges[*from], edges[i]);
        for (const std::size_t version : between)
          edges[version] = guess;
      }
      between.clear();
      from = i;
    }
  }
}

std::vector<int> PythonGraph::hull(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> guess;
  std::unordered_map<int, int> of_b;  // target -> the first edge to it
  for (const int j : b)
    of_b.emplace(edge(j).target, j);
  for (const int i : a) {
    const auto found = of_b.find(edge(i).target);
    if (found == of_b.end()) continue;
    const int j = found->second;
    guess.push_back(i == j ? i : add_edge(edge(i).target, interval(edge(i), edge(j)), *edge(i).requirement));
  }
  return guess;
}

// The least range of versions, in version order, that holds both masks.
VersionMask PythonGraph::interval(const GraphEdge& a, const GraphEdge& b) const {
  const auto& candidates = node(a.target).project->candidates;
  const python::Version* low = nullptr;
  const python::Version* high = nullptr;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!a.mask[i] && !b.mask[i]) continue;
    const auto& version = candidates[i].version;
    if (low == nullptr || version < *low) low = &version;
    if (high == nullptr || version > *high) high = &version;
  }
  VersionMask mask(candidates.size());
  for (std::size_t i = 0; low != nullptr && i < candidates.size(); ++i) {
    if (candidates[i].version >= *low && candidates[i].version <= *high) mask.set(i);
  }
  return mask;
}

bool PythonGraph::can_be_met(int id) const {
  const GraphEdge& wanted = edge(id);
  return wanted.mask.meets(node(wanted.target).alive);
}

bool PythonGraph::propagate() {
  struct Use {
    std::size_t node;
    std::size_t candidate;
  };
  std::vector<std::vector<Use>> users(edges_.size());
  std::vector<std::vector<int>> over(nodes_.size());
  std::vector<std::vector<std::size_t>> extras(nodes_.size());
  std::deque<std::size_t> changed;
  std::vector<char> queued(nodes_.size(), 1);
  for (std::size_t e = 0; e < edges_.size(); ++e)
    over[static_cast<std::size_t>(edges_[e].target)].push_back(static_cast<int>(e));
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    changed.push_back(n);
    if (!nodes_[n].extra.empty()) extras[static_cast<std::size_t>(nodes_[n].base)].push_back(n);
    for (std::size_t i = 0; i < nodes_[n].edges.size(); ++i) {
      for (const int edge : nodes_[n].edges[i])
        users[static_cast<std::size_t>(edge)].push_back({n, i});
    }
  }
  const auto look_again = [&](std::size_t n) {
    if (queued[n] == 0) changed.push_back(n);
    queued[n] = 1;
  };
  std::vector<char> met(edges_.size(), 1);
  while (!changed.empty()) {
    const std::size_t n = changed.front();
    changed.pop_front();
    queued[n] = 0;
    for (const std::size_t extra : extras[n]) {
      VersionMask kept = nodes_[extra].alive;
      kept.keep(nodes_[n].alive);
      if (kept == nodes_[extra].alive) continue;
      nodes_[extra].alive = std::move(kept);
      look_again(extra);
    }
    for (const int id : over[n]) {
      char& still = met[static_cast<std::size_t>(id)];
      if (still == 0 || can_be_met(id)) continue;
      still = 0;
      for (const auto& [node, candidate] : users[static_cast<std::size_t>(id)]) {
        GraphNode& user = nodes_[node];
        if (!user.alive[candidate]) continue;
        user.alive.clear(candidate);
        killed_by_.emplace(CandidateRef{user.project->name, candidate}, *edge(id).requirement);
        look_again(node);
      }
    }
  }
  return std::all_of(job_edges_.begin(), job_edges_.end(), [&](int id) { return can_be_met(id); });
}

}  // namespace mlrepro
