#include "services/image/configure_order.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace mlrepro {
namespace {

using Needs = std::vector<std::vector<std::size_t>>;

// For each package the indexes of those that it needs, in the order of its fields.
Needs resolve_needs(const std::vector<const PackageControl*>& packages) {
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_name;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    by_name[packages[i]->package].push_back(i);
    for (const auto& group : packages[i]->provides) {
      for (const auto& provided : group)
        by_name[provided.name].push_back(i);
    }
  }
  Needs needs(packages.size());
  for (std::size_t i = 0; i < packages.size(); ++i) {
    for (const auto& group : packages[i]->needs) {
      for (const auto& alternative : group) {
        const auto found = by_name.find(alternative.name);
        if (found == by_name.end()) continue;
        for (const std::size_t other : found->second) {
          if (other != i) needs[i].push_back(other);
        }
      }
    }
  }
  return needs;
}

}  // namespace

std::vector<std::size_t> configure_order(const std::vector<const PackageControl*>& packages) {
  const Needs needs = resolve_needs(packages);
  std::vector<std::size_t> roots(packages.size());
  for (std::size_t i = 0; i < roots.size(); ++i)
    roots[i] = i;
  std::sort(roots.begin(), roots.end(), [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t i) {
      const PackageControl& package = *packages[i];
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
  std::vector<std::size_t> order;
  std::vector<bool> seen(packages.size());
  std::vector<Frame> stack;
  for (const std::size_t root : roots) {
    if (seen[root]) continue;
    seen[root] = true;
    stack.push_back({root, 0});
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next == needs[top.package].size()) {
        order.push_back(top.package);
        stack.pop_back();
        continue;
      }
      const std::size_t need = needs[top.package][top.next++];
      if (seen[need]) continue;
      seen[need] = true;
      stack.push_back({need, 0});
    }
  }
  return order;
}

}  // namespace mlrepro
