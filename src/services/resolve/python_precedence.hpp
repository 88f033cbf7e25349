// Whose turn it is where not all can have their best version: what builds on another comes before it, so that
// the answer does not hang on the order of names or lines.
#pragma once

#include <vector>

#include "services/resolve/python_graph.hpp"

namespace mlrepro {

class PythonPrecedence {
 public:
  // Takes each project's most preferred version for what it builds on. The graph must outlive this.
  explicit PythonPrecedence(const PythonGraph& graph);

  // The nodes of projects, reordered: none comes after one that it requires, itself or through others. What
  // requires each other, or has nothing to do with each other, keeps its order.
  [[nodiscard]] std::vector<int> dependents_first(const std::vector<int>& bases) const;

 private:
  void find_circles();

  std::vector<std::vector<int>> requires_;  // per base: bases
  std::vector<int> circle_of_;              // per base: those that require each other share one
  std::vector<std::vector<int>> circles_;   // each comes after all that it requires
};

}  // namespace mlrepro
