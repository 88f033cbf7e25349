#include "services/resolve/python_problem.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"

namespace mlrepro {
namespace {

using Mask = std::vector<bool>;

// A dependency with its meaning worked out: which versions of the target meet it, and which extras come
// along.
struct Edge {
  int target = 0;                   // node
  Mask mask;                        // over the project's candidates
  python::Requirement requirement;  // for the story
  bool operator<(const Edge& other) const {
    return std::tie(target, mask) < std::tie(other.target, other.mask);
  }
  bool operator==(const Edge& other) const { return target == other.target && mask == other.mask; }
};

// A project, or a project with one extra: a name for libsolv. The versions of "name[extra]" are those of
// "name", tied to them.
struct Node {
  const PythonProject* project = nullptr;
  std::string extra;
  std::vector<std::vector<int>> edges;  // per candidate: indexes into Builder::edges_
  std::vector<bool> alive;
};

class Builder {
 public:
  Builder(const PythonProjects& projects, const std::vector<python::Requirement>& jobs, bool assume)
      : projects_(projects), assume_(assume) {
    for (const auto& job : jobs)
      add_requirement(job, job_edges_);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      expand(i);  // grows while it goes
  }

  std::variant<PythonAnswer, PythonRefusal> solve() {
    if (!propagate()) return refusal();
    const RankProblem problem = merge();
    auto result = solve_ranks(problem);
    if (const auto* choice = std::get_if<RankChoice>(&result)) return answer(*choice);
    return clash(std::get<RankFailure>(result));
  }

 private:
  int node_of(const std::string& name, const std::string& extra) {
    const auto key = std::make_pair(name, extra);
    if (const auto found = node_ids_.find(key); found != node_ids_.end()) return found->second;
    static const PythonProject unknown;
    const auto project = projects_.find(name);
    Node node;
    node.project = project == projects_.end() ? &unknown : &project->second;
    node.extra = extra;
    node.alive.assign(node.project->candidates.size(), true);
    for (std::size_t i = 0; i < node.alive.size(); ++i)
      node.alive[i] = !node.project->candidates[i].broken;
    nodes_.push_back(std::move(node));
    const int id = static_cast<int>(nodes_.size()) - 1;
    node_ids_.emplace(key, id);
    return id;
  }

  int add_edge(Edge edge) {
    const auto found = edge_ids_.find(edge);
    if (found != edge_ids_.end()) return found->second;
    edges_.push_back(edge);
    const int id = static_cast<int>(edges_.size()) - 1;
    edge_ids_.emplace(std::move(edge), id);
    return id;
  }

  Mask mask_of(const PythonProject& project, const python::SpecifierSet& specifiers) {
    const auto key = std::make_pair(&project, specifiers.str());
    if (const auto found = masks_.find(key); found != masks_.end()) return found->second;
    Mask mask(project.candidates.size());
    for (std::size_t i = 0; i < mask.size(); ++i)
      mask[i] = specifiers.contains(project.candidates[i].version);
    return masks_.emplace(key, std::move(mask)).first->second;
  }

  // One requirement is an edge to the project and one to each extra's node.
  void add_requirement(const python::Requirement& requirement, std::vector<int>& into) {
    const int base = node_of(requirement.name, "");
    const Mask mask = mask_of(*nodes_[static_cast<std::size_t>(base)].project, requirement.specifiers);
    into.push_back(add_edge({base, mask, requirement}));
    for (const auto& extra : requirement.extras) {
      into.push_back(add_edge({node_of(requirement.name, extra), mask, requirement}));
    }
  }

  void expand(std::size_t id) {
    const PythonProject& project = *nodes_[id].project;
    const std::string extra = nodes_[id].extra;
    std::vector<std::vector<int>> edges(project.candidates.size());
    for (std::size_t i = 0; i < project.candidates.size(); ++i) {
      if (!extra.empty()) {
        Mask same(project.candidates.size());
        same[i] = true;
        python::Requirement tie;
        tie.name = project.name;
        tie.specifiers = python::SpecifierSet({python::Specifier::exactly(project.candidates[i].version)});
        edges[i].push_back(add_edge({node_of(project.name, ""), std::move(same), std::move(tie)}));
      }
      for (const auto& dependency : project.candidates[i].dependencies) {
        if (dependency.extra == extra) add_requirement(dependency.requirement, edges[i]);
      }
    }
    if (assume_ && extra.empty()) assume_between(project, edges);
    nodes_[id].edges = std::move(edges);
  }

  // Guesses for what lies between two fetched versions; outside the fetched range nothing is assumed.
  void assume_between(const PythonProject& project, std::vector<std::vector<int>>& edges) {
    std::vector<std::size_t> order(project.candidates.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return project.candidates[a].version < project.candidates[b].version; });
    std::size_t left = order.size();
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (!project.candidates[order[k]].fetched) continue;
      if (left < order.size() && k > left + 1) {
        const std::vector<int> guess = hull(edges[order[left]], edges[order[k]]);
        for (std::size_t between = left + 1; between < k; ++between)
          edges[order[between]] = guess;
      }
      left = k;
    }
  }

  std::vector<int> hull(const std::vector<int>& a, const std::vector<int>& b) {
    std::vector<int> guess;
    for (const int i : a) {
      for (const int j : b) {
        const Edge& first = edges_[static_cast<std::size_t>(i)];
        const Edge& second = edges_[static_cast<std::size_t>(j)];
        if (first.target != second.target) continue;
        Edge cover{first.target, interval(first, second), first.requirement};
        guess.push_back(cover.mask == first.mask ? i : add_edge(std::move(cover)));
        break;
      }
    }
    return guess;
  }

  // The least range of versions, in version order, that holds both masks.
  Mask interval(const Edge& a, const Edge& b) const {
    const auto& candidates = nodes_[static_cast<std::size_t>(a.target)].project->candidates;
    const python::Version* low = nullptr;
    const python::Version* high = nullptr;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (!a.mask[i] && !b.mask[i]) continue;
      const auto& version = candidates[i].version;
      if (low == nullptr || version < *low) low = &version;
      if (high == nullptr || version > *high) high = &version;
    }
    Mask mask(candidates.size());
    for (std::size_t i = 0; low != nullptr && i < candidates.size(); ++i) {
      mask[i] = candidates[i].version >= *low && candidates[i].version <= *high;
    }
    return mask;
  }

  [[nodiscard]] bool can_be_met(int edge) const {
    const Edge& wanted = edges_[static_cast<std::size_t>(edge)];
    const auto& alive = nodes_[static_cast<std::size_t>(wanted.target)].alive;
    for (std::size_t i = 0; i < alive.size(); ++i) {
      if (alive[i] && wanted.mask[i]) return true;
    }
    return false;
  }

  // Drops versions that need what nothing alive gives, until none is left to drop. Returns whether every job
  // can be met.
  bool propagate() {
    for (bool changed = true; changed;) {
      changed = false;
      for (auto& node : nodes_) {
        for (std::size_t i = 0; i < node.alive.size(); ++i) {
          if (!node.alive[i]) continue;
          const auto dead = std::find_if(node.edges[i].begin(), node.edges[i].end(),
                                         [&](int edge) { return !can_be_met(edge); });
          if (dead == node.edges[i].end()) continue;
          node.alive[i] = false;
          killed_by_.emplace(CandidateRef{node.project->name, i},
                             edges_[static_cast<std::size_t>(*dead)].requirement);
          changed = true;
        }
      }
    }
    return std::all_of(job_edges_.begin(), job_edges_.end(), [&](int edge) { return can_be_met(edge); });
  }

  PythonRefusal refusal() const {
    PythonRefusal refused;
    for (const int edge : job_edges_) {
      if (!can_be_met(edge))
        refused.failing_jobs.push_back(edges_[static_cast<std::size_t>(edge)].requirement);
    }
    refused.killed_by = killed_by_;
    return refused;
  }

  // Versions that meet the same masks and need the same are one candidate, whose face is the most preferred
  // of them.
  RankProblem merge() {
    std::vector<std::vector<int>> masks_over(nodes_.size());
    for (std::size_t e = 0; e < edges_.size(); ++e)
      masks_over[static_cast<std::size_t>(edges_[e].target)].push_back(static_cast<int>(e));
    RankProblem problem;
    std::vector<std::vector<int>> class_of(
        nodes_.size());  // per node and candidate: index into problem.candidates
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      const Node& node = nodes_[n];
      class_of[n].assign(node.alive.size(), -1);
      std::map<std::pair<std::vector<bool>, std::vector<int>>, int> classes;
      for (std::size_t i = 0; i < node.alive.size(); ++i) {
        if (!node.alive[i]) continue;
        std::vector<bool> met;
        for (const int edge : masks_over[n])
          met.push_back(edges_[static_cast<std::size_t>(edge)].mask[i]);
        const auto [at, fresh] =
            classes.try_emplace({std::move(met), node.edges[i]}, static_cast<int>(problem.candidates.size()));
        class_of[n][i] = at->second;
        if (!fresh) continue;
        problem.candidates.push_back({static_cast<int>(n), static_cast<int>(node.alive.size() - i), {}});
        faces_.push_back({n, i});
      }
    }
    const auto requirement_of = [&](int id) {
      const Edge& edge = edges_[static_cast<std::size_t>(id)];
      RankRequirement requirement{edge.target, {}};
      const auto& classes = class_of[static_cast<std::size_t>(edge.target)];
      for (std::size_t i = 0; i < classes.size(); ++i) {
        if (edge.mask[i] && classes[i] >= 0) requirement.candidates.push_back(classes[i]);
      }
      std::sort(requirement.candidates.begin(), requirement.candidates.end());
      requirement.candidates.erase(std::unique(requirement.candidates.begin(), requirement.candidates.end()),
                                   requirement.candidates.end());
      return requirement;
    };
    for (std::size_t c = 0; c < problem.candidates.size(); ++c) {
      for (const int edge : nodes_[faces_[c].first].edges[faces_[c].second]) {
        problem.candidates[c].requires_.push_back(requirement_of(edge));
      }
    }
    for (const int edge : job_edges_)
      problem.jobs.push_back(requirement_of(edge));
    return problem;
  }

  PythonAnswer answer(const RankChoice& choice) const {
    PythonAnswer result;
    result.assumed = assume_;
    for (const int index : choice.candidates) {
      const auto& [node, candidate] = faces_[static_cast<std::size_t>(index)];
      result.chosen.push_back({nodes_[node].project->name, candidate});
    }
    std::sort(result.chosen.begin(), result.chosen.end());
    result.chosen.erase(std::unique(result.chosen.begin(), result.chosen.end()), result.chosen.end());
    return result;
  }

  PythonRefusal clash(const RankFailure& failure) const {
    PythonRefusal refused;
    refused.killed_by = killed_by_;
    for (const auto& link : failure.clashes.front().links) {
      PythonRefusal::Edge edge;
      edge.impossible = link.impossible;
      if (link.candidate < 0) {
        edge.requirement =
            edges_[static_cast<std::size_t>(job_edges_[static_cast<std::size_t>(link.requirement)])]
                .requirement;
      } else {
        const auto& [node, candidate] = faces_[static_cast<std::size_t>(link.candidate)];
        const int id = nodes_[node].edges[candidate][static_cast<std::size_t>(link.requirement)];
        edge.from = nodes_[node].project->name;
        edge.version = nodes_[node].project->candidates[candidate].version.str();
        edge.requirement = edges_[static_cast<std::size_t>(id)].requirement;
        if (edge.requirement.name == edge.from) continue;  // an extra's tie to its own project tells nothing
      }
      refused.edges.push_back(std::move(edge));
    }
    return refused;
  }

  const PythonProjects& projects_;
  bool assume_;
  std::vector<Node> nodes_;
  std::map<std::pair<std::string, std::string>, int> node_ids_;
  std::vector<Edge> edges_;
  std::map<Edge, int> edge_ids_;
  std::map<std::pair<const PythonProject*, std::string>, Mask> masks_;
  std::vector<int> job_edges_;
  std::vector<std::pair<std::size_t, std::size_t>> faces_;  // of each class: node and candidate
  std::map<CandidateRef, python::Requirement> killed_by_;
};

}  // namespace

std::variant<PythonAnswer, PythonRefusal> solve_python(const PythonProjects& projects,
                                                       const std::vector<python::Requirement>& jobs,
                                                       bool assume) {
  return Builder(projects, jobs, assume).solve();
}

}  // namespace mlrepro
