#include "services/resolve/python_problem.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "base/sorted.hpp"
#include "services/resolve/python_graph.hpp"
#include "services/resolve/python_precedence.hpp"

namespace mlrepro {
namespace {

// Versions of a project that meet the same masks and need the same, with every extra, are one candidate for
// libsolv, whose face is the most preferred of them.
class Problem {
 public:
  explicit Problem(const PythonGraph& graph) : graph_(graph), class_of_(graph.nodes().size()) {
    std::vector<std::vector<int>> group(graph.nodes().size());  // per base: it and its extras
    for (std::size_t n = 0; n < group.size(); ++n) {
      group[static_cast<std::size_t>(graph.nodes()[n].base)].push_back(static_cast<int>(n));
      class_of_[n].assign(graph.nodes()[n].alive.size(), -1);
    }
    std::vector<std::vector<int>> edges_over(group.size());
    for (std::size_t e = 0; e < graph.edges().size(); ++e) {
      const int base = graph.node(graph.edges()[e].target).base;
      edges_over[static_cast<std::size_t>(base)].push_back(static_cast<int>(e));
    }
    for (std::size_t base = 0; base < group.size(); ++base) {
      if (!group[base].empty()) merge(group[base], edges_over[base]);
    }
    for (std::size_t e = 0; e < graph.edges().size(); ++e)
      requirements_.push_back(requirement_of(graph.edges()[e]));
    for (std::size_t c = 0; c < ranks_.candidates.size(); ++c) {
      const auto& [node, candidate] = faces_[c];
      auto& needs = ranks_.candidates[c].requires_;
      for (const int edge : graph.node(node).edges[candidate])
        needs.push_back(requirements_[static_cast<std::size_t>(edge)]);
      const int base = graph.node(node).base;
      if (base != node) needs.push_back({base, {class_of_[static_cast<std::size_t>(base)][candidate]}});
    }
    for (const int edge : graph.job_edges())
      ranks_.jobs.push_back(requirements_[static_cast<std::size_t>(edge)]);
  }

  [[nodiscard]] const RankProblem& ranks() const noexcept { return ranks_; }
  // Of a candidate for libsolv: its node, and the version that stands for it.
  [[nodiscard]] const std::pair<int, std::size_t>& face(int candidate) const {
    return faces_[static_cast<std::size_t>(candidate)];
  }
  // Oldest and newest of the versions that it stands for.
  [[nodiscard]] const std::pair<python::Version, python::Version>& span(int candidate) const {
    return spans_[static_cast<std::size_t>(candidate)];
  }
  [[nodiscard]] const std::vector<int>& meeting(int edge) const {
    return requirements_[static_cast<std::size_t>(edge)].candidates;
  }

 private:
  void merge(const std::vector<int>& group, const std::vector<int>& edges_over) {
    const GraphNode& base = graph_.node(group.front());
    const auto& candidates = base.project->candidates;
    const auto late = [&](std::size_t i) { return candidates[i].last_resort && !candidates[i].preferred; };
    std::vector<std::size_t> order(candidates.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return !late(i); });

    std::map<std::vector<int>, std::size_t> classes;  // what tells them apart -> face
    for (std::size_t place = 0; place < order.size(); ++place) {
      const std::size_t i = order[place];
      if (!base.alive[i]) continue;
      std::vector<int> marks;
      for (const int edge : edges_over) {
        if (graph_.edge(edge).mask[i]) marks.push_back(edge);
      }
      for (const int id : group) {
        marks.push_back(graph_.node(id).alive[i] ? -1 : -2);
        if (graph_.node(id).alive[i])
          marks.insert(marks.end(), graph_.node(id).edges[i].begin(), graph_.node(id).edges[i].end());
      }
      const auto [at, fresh] = classes.try_emplace(std::move(marks), i);
      for (const int id : group) {
        if (!graph_.node(id).alive[i]) continue;
        auto& classes_of_node = class_of_[static_cast<std::size_t>(id)];
        const python::Version& version = candidates[i].version;
        if (!fresh) {
          classes_of_node[i] = classes_of_node[at->second];
          auto& span = spans_[static_cast<std::size_t>(classes_of_node[i])];
          span.first = std::min(span.first, version);
          span.second = std::max(span.second, version);
          continue;
        }
        spans_.emplace_back(version, version);
        classes_of_node[i] = static_cast<int>(ranks_.candidates.size());
        ranks_.candidates.push_back({id, static_cast<int>(order.size() - place), {}});
        faces_.emplace_back(id, i);
      }
    }
  }

  [[nodiscard]] RankRequirement requirement_of(const GraphEdge& edge) const {
    RankRequirement requirement{edge.target, {}};
    const auto& classes = class_of_[static_cast<std::size_t>(edge.target)];
    for (std::size_t i = 0; i < classes.size(); ++i) {
      if (edge.mask[i] && classes[i] >= 0) requirement.candidates.push_back(classes[i]);
    }
    sort_unique(requirement.candidates);
    return requirement;
  }

  const PythonGraph& graph_;
  std::vector<std::vector<int>> class_of_;  // per node and version: index into ranks_.candidates, or -1
  std::vector<std::pair<int, std::size_t>> faces_;
  std::vector<std::pair<python::Version, python::Version>> spans_;
  std::vector<RankRequirement> requirements_;  // per edge
  RankProblem ranks_;
};

// libsolv prefers well where nothing stands in the way, but says nothing of whose turn it is where something
// does. Here projects take turns, those that the manifest names first, and among these and among the others
// what builds on another before that; and each is asked whether it could have better.
class Refinement {
 public:
  // The solver is that of the problem.
  Refinement(const PythonGraph& graph, const Problem& problem, RankSolver& solver, RankChoice choice)
      : graph_(graph), problem_(problem), ranks_(problem.ranks()), solver_(solver), precedence_(graph) {
    nodes_of_.resize(graph.nodes().size());
    for (std::size_t n = 0; n < nodes_of_.size(); ++n)
      nodes_of_[static_cast<std::size_t>(graph.nodes()[n].base)].push_back(static_cast<int>(n));
    follows_lock_ = std::any_of(graph.nodes().begin(), graph.nodes().end(), [](const auto& node) {
      const auto& candidates = node.project->candidates;
      return !candidates.empty() && (candidates.front().moving || candidates.front().preferred);
    });
    take(std::move(choice));
  }

  RankChoice run() {
    for (const int edge : graph_.job_edges())
      discover(edge, true);
    while (!turns_.empty() && all_fetched_) {
      const int base = next();
      while (all_fetched_ && improve(base)) {
      }
      const int mine = chosen_.at(base);
      solver_.require({base, {mine}});
      for (const int node : nodes_of_[static_cast<std::size_t>(base)]) {
        const auto chosen = chosen_.find(node);
        if (chosen == chosen_.end()) continue;
        const auto& [id, version] = problem_.face(chosen->second);
        for (const int edge : graph_.node(id).edges[version])
          discover(edge, false);
      }
    }
    return {std::move(all_)};
  }

 private:
  struct Turn {
    bool needed = false;  // and not named in the manifest
    std::size_t place = 0;
    int base = 0;
    auto operator<=>(const Turn&) const = default;
  };

  void take(RankChoice choice) {
    all_ = std::move(choice.candidates);
    chosen_.clear();
    for (const int candidate : all_)
      chosen_[problem_.face(candidate).first] = candidate;
    all_fetched_ = std::all_of(all_.begin(), all_.end(), [&](int candidate) {
      const auto& [node, version] = problem_.face(candidate);
      return graph_.node(node).project->candidates[version].fetched;
    });
  }

  // What was decided asks for this; its masks bind the project's turn.
  void discover(int edge, bool named) {
    const int target = graph_.edge(edge).target;
    const int base = graph_.node(target).base;
    if (target != base) return;  // an extra's edge has one beside it for the project
    asked_[base].push_back(edge);
    if (known_.insert(base).second) turns_.insert({!named, precedence_.place(base), base});
  }

  // What is to move comes first, then what can stay as it was locked, so that what is new goes by that; else
  // in order.
  int next() {
    auto best = turns_.begin();
    for (auto turn = turns_.begin(); follows_lock_ && turn != turns_.end(); ++turn) {
      if (urgency(turn->base) < urgency(best->base)) best = turn;
    }
    const int base = best->base;
    turns_.erase(best);
    return base;
  }

  [[nodiscard]] int urgency(int base) const {
    const auto& candidates = graph_.node(base).project->candidates;
    if (candidates.empty()) return 2;
    if (candidates.front().moving) return 0;
    if (!candidates.front().preferred) return 2;
    const auto& asked = asked_.at(base);
    return std::all_of(asked.begin(), asked.end(), [&](int edge) { return graph_.edge(edge).mask[0]; }) ? 1
                                                                                                        : 2;
  }

  // What of the project is better than what it has, and goes with what is decided.
  [[nodiscard]] std::vector<int> better(int base) const {
    const int rank = ranks_.candidates[static_cast<std::size_t>(chosen_.at(base))].rank;
    const auto& asked = asked_.at(base);
    std::vector<int> found;
    for (const int candidate : problem_.meeting(asked.front())) {
      if (ranks_.candidates[static_cast<std::size_t>(candidate)].rank <= rank) continue;
      const bool allowed = std::all_of(asked.begin(), asked.end(), [&](int edge) {
        const auto& meeting = problem_.meeting(edge);
        return std::binary_search(meeting.begin(), meeting.end(), candidate);
      });
      if (allowed) found.push_back(candidate);
    }
    return found;
  }

  // Looks for an answer with a better version of the project than the present one's.
  bool improve(int base) {
    auto wanted = better(base);
    if (wanted.empty()) return false;
    auto choice = solver_.attempt({base, std::move(wanted)});
    if (!choice) return false;
    take(std::move(*choice));
    return true;
  }

  const PythonGraph& graph_;
  const Problem& problem_;
  const RankProblem& ranks_;
  RankSolver& solver_;
  std::vector<int> all_;
  bool all_fetched_ = false;
  bool follows_lock_ = false;               // some version was locked, or is to move
  std::vector<std::vector<int>> nodes_of_;  // per base: it and its extras
  std::map<int, int> chosen_;               // node -> candidate
  std::map<int, std::vector<int>> asked_;   // base -> edges of what is decided
  std::set<int> known_;
  std::set<Turn> turns_;
  PythonPrecedence precedence_;
};

// About how many rules libsolv makes of it: one for each two candidates of a name, and one a requirement.
std::size_t rules_of(const RankProblem& ranks) {
  std::map<int, std::size_t> of_name;
  std::size_t rules = 0;
  for (const auto& candidate : ranks.candidates)
    rules += of_name[candidate.name]++ + candidate.requires_.size();
  return rules;
}

PythonRefusal refusal(const PythonGraph& graph) {
  PythonRefusal refused;
  const python::Requirement* last = nullptr;
  for (const int edge : graph.job_edges()) {
    const python::Requirement* job = graph.edge(edge).requirement;
    if (!graph.can_be_met(edge) && job != last) refused.failing_jobs.push_back(*job);
    if (!graph.can_be_met(edge)) last = job;
  }
  refused.killed_by = graph.killed_by();
  return refused;
}

PythonRefusal clash(const PythonGraph& graph, const Problem& problem, const RankFailure& failure) {
  PythonRefusal refused;
  refused.killed_by = graph.killed_by();
  for (const auto& link : failure.clashes.front().links) {
    PythonRefusal::Edge edge;
    edge.impossible = link.impossible;
    const auto at = static_cast<std::size_t>(link.requirement);
    if (link.candidate < 0) {
      edge.requirement = *graph.edge(graph.job_edges()[at]).requirement;
    } else {
      const auto& [node, version] = problem.face(link.candidate);
      const auto& edges = graph.node(node).edges[version];
      if (at >= edges.size()) continue;  // an extra's tie to its own project tells nothing
      edge.from = graph.node(node).project->name;
      std::tie(edge.oldest, edge.newest) = problem.span(link.candidate);
      edge.requirement = *graph.edge(edges[at]).requirement;
    }
    refused.edges.push_back(std::move(edge));
  }
  return refused;
}

}  // namespace

std::variant<PythonAnswer, PythonRefusal> solve_python(const PythonProjects& projects,
                                                       const std::vector<PythonDependency>& jobs,
                                                       VersionMasks& masks, bool assume) {
  PythonGraph graph(projects, jobs, masks, assume);
  if (!graph.propagate()) return refusal(graph);
  const Problem problem(graph);
  RankSolver solver(problem.ranks());
  auto result = solver.solve();
  if (const auto* failure = std::get_if<RankFailure>(&result)) return clash(graph, problem, *failure);
  const RankChoice choice = Refinement(graph, problem, solver, std::get<RankChoice>(std::move(result))).run();

  PythonAnswer answer;
  for (const int candidate : choice.candidates) {
    const auto& [node, version] = problem.face(candidate);
    answer.chosen.push_back({graph.node(node).project->name, version});
  }
  sort_unique(answer.chosen);
  return answer;
}

std::optional<PythonRefusal> refusal_within(const PythonProjects& projects,
                                            const std::vector<PythonDependency>& jobs, VersionMasks& masks,
                                            const ProjectPairs& only, std::size_t& effort) {
  PythonGraph graph(projects, jobs, masks, false, &only);
  for (const auto& node : graph.nodes())
    effort += node.alive.size();
  if (!graph.propagate()) return refusal(graph);
  const Problem problem(graph);
  effort += rules_of(problem.ranks());
  const auto result = solve_ranks(problem.ranks());
  if (const auto* failure = std::get_if<RankFailure>(&result)) return clash(graph, problem, *failure);
  return std::nullopt;
}

}  // namespace mlrepro
