// The packages of a lock as a graph: who needs whom, and by which path a package came in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

enum class Ecosystem { os, python };
[[nodiscard]] std::string_view name_of(Ecosystem ecosystem);  // "os" | "python"

struct LockEdge {
  std::size_t package = 0;  // index into LockGraph::packages()
  std::string requirement;  // what is asked for: "numpy>=1.24"; of an OS package its name
};

struct LockNode {
  Ecosystem ecosystem = Ecosystem::os;
  std::string name;
  std::string version;
  bool requested = false;           // named by the manifest
  bool essential = false;           // of an OS package: Essential: yes
  bool in_base = false;             // of an OS package: the base image brings it
  std::vector<LockEdge> requires_;  // by name
  std::vector<LockEdge> required_by;
  std::uint64_t size = 0;  // bytes of its file
};

// One way from a root to a package: the root first, the package last; each step's requirement is the one that
// the step before has of it, empty for the root.
using LockChain = std::vector<LockEdge>;

class LockGraph {
 public:
  explicit LockGraph(const Lockfile& lock);

  [[nodiscard]] const std::vector<LockNode>& packages() const noexcept {
    return nodes_;
  }  // OS first, by name; after its own those of the base image
  // Indexes of the packages so named: at most one of each ecosystem. A Python name in any spelling (PEP 503).
  [[nodiscard]] std::vector<std::size_t> find(std::string_view name) const;
  // The same, where none is Error(input, "no-package") with the nearest name.
  [[nodiscard]] std::vector<std::size_t> named(std::string_view name) const;
  // What the package leads to by needs, itself too.
  [[nodiscard]] std::vector<std::size_t> needs_of(std::size_t package) const;
  // What would go if the package went: what no requested or Essential package leads to by another way. Itself
  // too, unless such another package needs it.
  [[nodiscard]] std::vector<std::size_t> alone_by(std::size_t package) const;
  // What stands on its own: requested packages, then Essential ones, then whatever nothing else needs, those
  // of the base image last. Every package can be reached from a root.
  [[nodiscard]] std::vector<std::size_t> roots(Ecosystem ecosystem) const;
  // A shortest chain from each root that leads to the package without passing another root, requested roots
  // first, then the shorter.
  [[nodiscard]] std::vector<LockChain> chains_to(std::size_t package) const;

 private:
  void connect(std::size_t dependent, std::size_t needed, std::string requirement);
  // Marks what `from` leads to, itself too; not through what is marked already.
  void reach(std::size_t from, std::vector<bool>& reached) const;

  std::vector<LockNode> nodes_;
};

}  // namespace mlrepro
