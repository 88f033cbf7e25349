// Whose turn it is where not all can have their best version: what builds on another comes before it, so that
// the answer does not hang on the order of names or lines.
#pragma once

#include <cstddef>
#include <vector>

#include "services/resolve/python_graph.hpp"

namespace mlrepro {

class PythonPrecedence {
 public:
  // Takes each project's most preferred version for what it builds on.
  explicit PythonPrecedence(const PythonGraph& graph);

  // Of a project's node. None has a lower place than one that requires it, itself or through others; what
  // requires each other, or has nothing to do with each other, goes by the breadth at which the manifest
  // leads to it, and there by the order in which it is named.
  [[nodiscard]] std::size_t place(int base) const { return places_[static_cast<std::size_t>(base)]; }

 private:
  [[nodiscard]] std::vector<std::size_t> by_breadth(const PythonGraph& graph) const;
  void find_circles();
  void order(const std::vector<std::size_t>& breadth);

  std::vector<std::vector<int>> requires_;  // per base: bases
  std::vector<int> circle_of_;              // per base: those that require each other share one
  std::vector<std::vector<int>> circles_;
  std::vector<std::size_t> places_;
};

}  // namespace mlrepro
