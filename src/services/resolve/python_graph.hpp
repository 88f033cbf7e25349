// Projects and their extras as nodes, requirements as bit masks over versions; versions that cannot be had
// are dropped before anything is decided.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/resolve/python_mask.hpp"
#include "services/resolve/python_problem.hpp"

namespace mlrepro {

// A dependency with its meaning worked out.
struct GraphEdge {
  int target = 0;  // node
  VersionMask mask;
  const python::Requirement* requirement = nullptr;  // for the story
};

// A project, or a project with one extra. The versions of "name[extra]" are those of "name", and each stands
// only beside its own.
struct GraphNode {
  const PythonProject* project = nullptr;
  std::string extra;
  int base = 0;                         // the node of the project itself
  std::vector<std::vector<int>> edges;  // per candidate: ids of edges
  VersionMask alive;
};

class PythonGraph {
 public:
  // Everything that is given must outlive the graph. With `only`, dependencies of other pairs of projects do
  // not count.
  PythonGraph(const PythonProjects& projects, const std::vector<PythonDependency>& jobs, VersionMasks& masks,
              bool assume, const ProjectPairs* only = nullptr);

  // Drops versions that need what nothing alive gives, until none is left to drop. Returns whether every job
  // can be met.
  [[nodiscard]] bool propagate();
  [[nodiscard]] bool can_be_met(int edge) const;

  [[nodiscard]] const std::vector<GraphNode>& nodes() const noexcept { return nodes_; }
  [[nodiscard]] const GraphNode& node(int id) const { return nodes_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const std::vector<GraphEdge>& edges() const noexcept { return edges_; }
  [[nodiscard]] const GraphEdge& edge(int id) const { return edges_[static_cast<std::size_t>(id)]; }
  // A job for a project with extras is several edges.
  [[nodiscard]] const std::vector<int>& job_edges() const noexcept { return job_edges_; }
  [[nodiscard]] const std::map<CandidateRef, python::Requirement>& killed_by() const noexcept {
    return killed_by_;
  }

 private:
  int node_of(const std::string& name, const std::string& extra);
  int add_edge(int target, const VersionMask& mask, const python::Requirement& requirement);
  void add_requirement(const PythonDependency& wanted, std::vector<int>& into);
  void expand(std::size_t id);
  void assume_between(const PythonProject& project, std::vector<std::vector<int>>& edges);
  std::vector<int> hull(const std::vector<int>& a, const std::vector<int>& b);
  [[nodiscard]] VersionMask interval(const GraphEdge& a, const GraphEdge& b) const;

  const PythonProjects& projects_;
  VersionMasks& masks_;
  bool assume_;
  const ProjectPairs* only_;
  std::vector<GraphNode> nodes_;
  std::map<std::pair<std::string, std::string>, int> node_ids_;
  std::vector<GraphEdge> edges_;
  std::map<std::pair<int, VersionMask>, int> edge_ids_;
  std::vector<int> job_edges_;
  std::map<CandidateRef, python::Requirement> killed_by_;
};

}  // namespace mlrepro
