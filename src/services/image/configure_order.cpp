#include "services/image/configure_order.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace mlrepro {

PackageGraph::PackageGraph(const std::vector<const PackageControl*>& packages)
    : packages_(packages), needs_(packages.size()), pre_needs_(packages.size()) {
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_name;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    by_name[packages[i]->package].push_back(i);
    for (const auto& group : packages[i]->provides) {
      for (const auto& provided : group)
        by_name[provided.name].push_back(i);
    }
  }
  for (std::size_t i = 0; i < packages.size(); ++i) {
    for (std::size_t k = 0; k < packages[i]->needs.size(); ++k) {
      for (const auto& alternative : packages[i]->needs[k]) {
        const auto found = by_name.find(alternative.name);
        if (found == by_name.end()) continue;
        for (const std::size_t other : found->second) {
          if (other == i) continue;
          needs_[i].push_back(other);
          if (k < packages[i]->pre_needs) pre_needs_[i].push_back(other);
        }
      }
    }
  }
  find_order();
}

void PackageGraph::find_order() {
  std::vector<std::size_t> roots(packages_.size());
  for (std::size_t i = 0; i < roots.size(); ++i)
    roots[i] = i;
  std::sort(roots.begin(), roots.end(), [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t i) {
      const PackageControl& package = *packages_[i];
      return std::tuple(package.package != "base-passwd", !package.essential, package.package,
                        package.architecture, i);
    };
    return key(a) < key(b);
  });

  // Depth first with a stack of our own: chains of dependencies may be long.
  struct Frame {
    std::size_t package;
    std::size_t next;
  };
  std::vector<bool> seen(packages_.size());
  std::vector<Frame> stack;
  for (const std::size_t root : roots) {
    if (seen[root]) continue;
    seen[root] = true;
    stack.push_back({root, 0});
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next == needs_[top.package].size()) {
        order_.push_back(top.package);
        stack.pop_back();
        continue;
      }
      const std::size_t need = needs_[top.package][top.next++];
      if (seen[need]) continue;
      seen[need] = true;
      stack.push_back({need, 0});
    }
  }
}

std::vector<bool> PackageGraph::closure(std::vector<std::size_t> from) const {
  std::vector<bool> reached(packages_.size());
  while (!from.empty()) {
    const std::size_t package = from.back();
    from.pop_back();
    if (reached[package]) continue;
    reached[package] = true;
    from.insert(from.end(), needs_[package].begin(), needs_[package].end());
  }
  return reached;
}

std::vector<bool> PackageGraph::core() const {
  std::vector<std::size_t> essential;
  for (std::size_t i = 0; i < packages_.size(); ++i) {
    if (packages_[i]->essential || packages_[i]->package == "base-passwd") essential.push_back(i);
  }
  return closure(std::move(essential));
}

std::vector<bool> PackageGraph::pre_needed(std::size_t package) const {
  return closure(pre_needs_[package]);
}

}  // namespace mlrepro
