#include "services/resolve/python_precedence.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>

namespace mlrepro {
namespace {

// The version that would be taken if nobody else had a say; absent where none can be.
const std::vector<int>* best_edges(const GraphNode& node) {
  const auto& candidates = node.project->candidates;
  const std::vector<int>* late = nullptr;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!node.alive[i]) continue;
    if (!candidates[i].last_resort || candidates[i].preferred) return &node.edges[i];
    if (late == nullptr) late = &node.edges[i];
  }
  return late;
}

using Bits = std::vector<std::uint64_t>;

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

std::vector<int> PythonPrecedence::dependents_first(const std::vector<int>& bases) const {
  const std::size_t words = (bases.size() + 63) / 64;
  std::map<int, std::vector<std::size_t>> places;  // circle -> indexes into bases
  for (std::size_t i = 0; i < bases.size(); ++i)
    places[circle_of_[static_cast<std::size_t>(bases[i])]].push_back(i);

  // Per circle: which of `bases` lie below it, in other circles; and with its own.
  std::vector<Bits> below(circles_.size(), Bits(words));
  std::vector<Bits> reached(circles_.size(), Bits(words));
  for (std::size_t c = 0; c < circles_.size(); ++c) {
    for (const int member : circles_[c]) {
      for (const int target : requires_[static_cast<std::size_t>(member)]) {
        const auto other = static_cast<std::size_t>(circle_of_[static_cast<std::size_t>(target)]);
        if (other == c) continue;
        for (std::size_t w = 0; w < words; ++w)
          below[c][w] |= reached[other][w];
      }
    }
    reached[c] = below[c];
    if (const auto own = places.find(static_cast<int>(c)); own != places.end()) {
      for (const std::size_t i : own->second)
        reached[c][i / 64] |= std::uint64_t{1} << (i % 64);
    }
  }

  const auto for_each_below = [&](std::size_t i, const auto& act) {
    const auto& bits = below[static_cast<std::size_t>(circle_of_[static_cast<std::size_t>(bases[i])])];
    for (std::size_t w = 0; w < words; ++w) {
      for (std::uint64_t left = bits[w]; left != 0; left &= left - 1)
        act(w * 64 + static_cast<std::size_t>(std::countr_zero(left)));
    }
  };
  std::vector<std::size_t> waits_for(bases.size(), 0);
  for (std::size_t i = 0; i < bases.size(); ++i)
    for_each_below(i, [&](std::size_t j) { ++waits_for[j]; });
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    if (waits_for[i] == 0) ready.push(i);
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const std::size_t i = ready.top();
    ready.pop();
    order.push_back(bases[i]);
    for_each_below(i, [&](std::size_t j) {
      if (--waits_for[j] == 0) ready.push(j);
    });
  }
  return order;
}

}  // namespace mlrepro
