#include "documents/lockfile/lock_graph.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace {

using Places = std::map<std::string, std::size_t, std::less<>>;

// The least of the lines that ask for `name`, as the lock has them sorted; extras alone ask too.
std::string requirement_on(const std::vector<std::string>& lines, const std::string& name) {
  for (const auto& line : lines) {
    const auto requirement = python::Requirement::parse(line);
    if (requirement && requirement->name == name) return line;
  }
  return name;
}

}  // namespace

std::string_view name_of(Ecosystem ecosystem) {
  return ecosystem == Ecosystem::os ? "os" : "python";
}

LockGraph::LockGraph(const Lockfile& lock) {
  Places os;
  Places python;
  if (lock.os) {
    for (const auto& package : lock.os->packages) {
      os.emplace(package.name, nodes_.size());
      nodes_.push_back({Ecosystem::os,
                        package.name,
                        package.version,
                        package.requested,
                        package.essential,
                        false,
                        {},
                        {},
                        package.size});
    }
    if (lock.os->base) {
      for (const auto& package : lock.os->base->packages) {
        // One that was upgraded is the section's own.
        if (!os.emplace(package.name, nodes_.size()).second) continue;
        nodes_.push_back(
            {Ecosystem::os, package.name, package.version, package.requested, false, true, {}, {}, 0});
      }
    }
  }
  if (lock.python) {
    for (const auto& package : lock.python->packages) {
      python.emplace(package.name, nodes_.size());
      nodes_.push_back({Ecosystem::python,
                        package.name,
                        package.version,
                        package.requested,
                        false,
                        false,
                        {},
                        {},
                        package.file.size});
    }
  }
  if (lock.os) {
    for (const auto& package : lock.os->packages) {
      for (const auto& dependent : package.required_by) {
        if (const auto at = os.find(dependent); at != os.end())
          connect(at->second, os.at(package.name), package.name);
      }
    }
    if (lock.os->base) {
      for (const auto& package : lock.os->base->packages) {
        for (const auto& dependent : package.required_by) {
          const auto at = os.find(dependent);
          const std::size_t needed = os.at(package.name);
          if (at != os.end() && nodes_[needed].in_base) connect(at->second, needed, package.name);
        }
      }
    }
  }
  if (lock.python) {
    std::map<std::string, const PythonPackage*> by_name;
    for (const auto& package : lock.python->packages)
      by_name.emplace(package.name, &package);
    for (const auto& package : lock.python->packages) {
      for (const auto& dependent : package.required_by) {
        const auto at = by_name.find(dependent);
        if (at == by_name.end()) continue;
        connect(python.at(dependent), python.at(package.name),
                requirement_on(at->second->requires_, package.name));
      }
    }
  }
  const auto by_name = [](const LockEdge& a, const LockEdge& b) { return a.package < b.package; };
  for (auto& node : nodes_) {
    std::sort(node.requires_.begin(), node.requires_.end(), by_name);
    std::sort(node.required_by.begin(), node.required_by.end(), by_name);
  }
}

void LockGraph::connect(std::size_t dependent, std::size_t needed, std::string requirement) {
  nodes_[needed].required_by.push_back({dependent, requirement});
  nodes_[dependent].requires_.push_back({needed, std::move(requirement)});
}

std::vector<std::size_t> LockGraph::find(std::string_view name) const {
  const std::string normalised = python::normalise_name(name);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const std::string_view wanted = nodes_[i].ecosystem == Ecosystem::os ? name : normalised;
    if (nodes_[i].name == wanted) found.push_back(i);
  }
  return found;
}

std::vector<std::size_t> LockGraph::named(std::string_view name) const {
  auto found = find(name);
  if (!found.empty()) return found;
  std::vector<std::string> names;
  for (const auto& node : nodes_)
    names.push_back(node.name);
  const auto near = nearest(name, names);
  throw Error(ErrorKind::input, "no-package", "the lock has no package " + std::string(name),
              near ? "did you mean " + *near + "?" : "mlrepro tree shows all of them");
}

void LockGraph::reach(std::size_t from, std::vector<bool>& reached) const {
  std::vector<std::size_t> open{from};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (reached[at]) continue;
    reached[at] = true;
    for (const auto& edge : nodes_[at].requires_)
      open.push_back(edge.package);
  }
}

std::vector<std::size_t> LockGraph::needs_of(std::size_t package) const {
  std::vector<bool> reached(nodes_.size());
  reach(package, reached);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (reached[i]) found.push_back(i);
  }
  return found;
}

std::vector<std::size_t> LockGraph::alone_by(std::size_t package) const {
  std::vector<bool> reached(nodes_.size());
  for (const std::size_t root : roots(nodes_[package].ecosystem)) {
    if (root == package) continue;
    // What is only needed is cut out of every way; what is asked for stays where another needs it.
    reached[package] = reached[package] || !nodes_[package].requested;
    reach(root, reached);
  }
  if (!nodes_[package].requested) reached[package] = false;
  auto found = needs_of(package);
  std::erase_if(found, [&](std::size_t i) { return reached[i]; });
  return found;
}

std::vector<std::size_t> LockGraph::roots(Ecosystem ecosystem) const {
  std::vector<std::size_t> found;
  std::vector<bool> reached(nodes_.size());
  const auto each = [&](auto wanted) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].ecosystem != ecosystem || !wanted(i)) continue;
      found.push_back(i);
      reach(i, reached);
    }
  };
  each([&](std::size_t i) { return nodes_[i].requested; });
  each([&](std::size_t i) { return nodes_[i].essential && !nodes_[i].requested; });
  each([&](std::size_t i) { return !nodes_[i].in_base && !reached[i] && nodes_[i].required_by.empty(); });
  each([&](std::size_t i) { return !reached[i]; });  // a circle that nothing else leads to
  return found;
}

std::vector<LockChain> LockGraph::chains_to(std::size_t package) const {
  // Backwards from the package, so that each package met is at its least distance; a root is an answer and no
  // way to another.
  auto starts = roots(nodes_[package].ecosystem);
  const std::set<std::size_t> ends(starts.begin(), starts.end());
  std::vector<std::optional<LockEdge>> next(nodes_.size());
  std::vector<std::size_t> distance(nodes_.size());
  std::deque<std::size_t> open{package};
  next[package] = LockEdge{package, {}};
  while (!open.empty()) {
    const std::size_t at = open.front();
    open.pop_front();
    if (at != package && ends.contains(at)) continue;
    for (const auto& edge : nodes_[at].required_by) {
      if (next[edge.package]) continue;
      next[edge.package] = LockEdge{at, edge.requirement};
      distance[edge.package] = distance[at] + 1;
      open.push_back(edge.package);
    }
  }
  starts.erase(std::remove_if(starts.begin(), starts.end(), [&](std::size_t i) { return !next[i]; }),
               starts.end());
  std::stable_sort(starts.begin(), starts.end(), [&](std::size_t a, std::size_t b) {
    return std::make_tuple(!nodes_[a].requested, distance[a]) <
           std::make_tuple(!nodes_[b].requested, distance[b]);
  });
  std::vector<LockChain> chains;
  for (const std::size_t start : starts) {
    LockChain chain{{start, {}}};
    while (chain.back().package != package)
      chain.push_back(*next[chain.back().package]);
    chains.push_back(std::move(chain));
  }
  return chains;
}

}  // namespace mlrepro
