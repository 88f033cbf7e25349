#include "services/resolve/python_precedence.hpp"

#include <algorithm>
#include <queue>
#include <utility>

namespace mlrepro {
namespace {

// Of the version that would be taken if nobody else had a say: the most preferred known one, since what the
// manifest refuses is not read. Absent where there is none.
const std::vector<int>* best_edges(const GraphNode& node) {
  const auto& candidates = node.project->candidates;
  const std::vector<int>* late = nullptr;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!node.alive[i] || !candidates[i].fetched) continue;
    if (!candidates[i].last_resort || candidates[i].preferred) return &node.edges[i];
    if (late == nullptr) late = &node.edges[i];
  }
  return late;
}

}  // namespace

PythonPrecedence::PythonPrecedence(const PythonGraph& graph) : requires_(graph.nodes().size()) {
  for (const auto& node : graph.nodes()) {
    const auto* edges = best_edges(node);
    if (edges == nullptr) continue;
    auto& mine = requires_[static_cast<std::size_t>(node.base)];
    for (const int edge : *edges)
      mine.push_back(graph.node(graph.edge(edge).target).base);
  }
  find_circles();
  order(by_breadth(graph));
}

std::vector<std::size_t> PythonPrecedence::by_breadth(const PythonGraph& graph) const {
  const std::size_t unseen = requires_.size();
  std::vector<std::size_t> breadth(requires_.size(), unseen);
  std::vector<int> open;
  const auto meet = [&](int base) {
    if (breadth[static_cast<std::size_t>(base)] != unseen) return;
    breadth[static_cast<std::size_t>(base)] = open.size();
    open.push_back(base);
  };
  for (const int edge : graph.job_edges())
    meet(graph.node(graph.edge(edge).target).base);
  for (std::size_t i = 0; i < open.size(); ++i) {
    for (const int target : requires_[static_cast<std::size_t>(open[i])])
      meet(target);
  }
  return breadth;
}

// Tarjan's strongly connected components, without recursion: chains may be as long as an index likes.
void PythonPrecedence::find_circles() {
  struct Visit {
    int base;
    std::size_t next;
  };
  constexpr int unseen = -1;
  std::vector<int> number(requires_.size(), unseen);
  std::vector<int> low(requires_.size(), 0);
  std::vector<int> open;
  std::vector<Visit> path;
  int count = 0;
  circle_of_.assign(requires_.size(), unseen);
  const auto at = [](int base) { return static_cast<std::size_t>(base); };
  const auto enter = [&](int base) {
    number[at(base)] = low[at(base)] = count++;
    open.push_back(base);
    path.push_back({base, 0});
  };
  for (std::size_t root = 0; root < requires_.size(); ++root) {
    if (number[root] == unseen) enter(static_cast<int>(root));
    while (!path.empty()) {
      const int base = path.back().base;
      if (path.back().next < requires_[at(base)].size()) {
        const int target = requires_[at(base)][path.back().next++];
        if (number[at(target)] == unseen) {
          enter(target);
        } else if (circle_of_[at(target)] == unseen) {
          low[at(base)] = std::min(low[at(base)], number[at(target)]);
        }
        continue;
      }
      path.pop_back();
      if (!path.empty()) low[at(path.back().base)] = std::min(low[at(path.back().base)], low[at(base)]);
      if (low[at(base)] != number[at(base)]) continue;
      const auto first = std::find(open.rbegin(), open.rend(), base).base() - 1;
      circles_.emplace_back(first, open.end());
      for (const int member : circles_.back())
        circle_of_[at(member)] = static_cast<int>(circles_.size()) - 1;
      open.erase(first, open.end());
    }
  }
}

void PythonPrecedence::order(const std::vector<std::size_t>& breadth) {
  const auto before = [&](int a, int b) {
    return std::pair(breadth[static_cast<std::size_t>(a)], a) <
           std::pair(breadth[static_cast<std::size_t>(b)], b);
  };
  std::vector<std::size_t> dependents(circles_.size(), 0);  // edges into the circle, from others
  const auto for_each_required = [&](std::size_t circle, const auto& act) {
    for (const int member : circles_[circle]) {
      for (const int target : requires_[static_cast<std::size_t>(member)]) {
        const auto other = static_cast<std::size_t>(circle_of_[static_cast<std::size_t>(target)]);
        if (other != circle) act(other);
      }
    }
  };
  for (std::size_t c = 0; c < circles_.size(); ++c) {
    std::sort(circles_[c].begin(), circles_[c].end(), before);
    for_each_required(c, [&](std::size_t other) { ++dependents[other]; });
  }
  const auto later = [&](std::size_t a, std::size_t b) {
    return before(circles_[b].front(), circles_[a].front());
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> ready(later);
  for (std::size_t c = 0; c < circles_.size(); ++c) {
    if (dependents[c] == 0) ready.push(c);
  }
  places_.assign(requires_.size(), 0);
  for (std::size_t next = 0; !ready.empty();) {
    const std::size_t circle = ready.top();
    ready.pop();
    for (const int member : circles_[circle])
      places_[static_cast<std::size_t>(member)] = next++;
    for_each_required(circle, [&](std::size_t other) {
      if (--dependents[other] == 0) ready.push(other);
    });
  }
}

}  // namespace mlrepro
