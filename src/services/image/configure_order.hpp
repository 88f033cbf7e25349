// Who needs whom among the packages of an image, and in which order they are configured: what a package needs
// comes before it; where dependencies form a circle, and among equals, names decide. The order of configuring
// hands out uids and gids, so it is part of what makes an image.
#pragma once

#include <vector>

#include "services/image/package_control.hpp"

namespace mlrepro {

class PackageGraph {
 public:
  explicit PackageGraph(const std::vector<const PackageControl*>& packages);

  // Indexes into `packages`, each once. base-passwd and what it needs comes first, then the essential set,
  // then the rest.
  [[nodiscard]] const std::vector<std::size_t>& order() const noexcept { return order_; }
  // For each package whether it is essential or needed by what is: they come up together, as nothing runs
  // without them.
  [[nodiscard]] std::vector<bool> core() const;
  // For each package whether `package`'s Pre-Depends lead to it.
  [[nodiscard]] std::vector<bool> pre_needed(std::size_t package) const;

 private:
  [[nodiscard]] std::vector<bool> closure(std::vector<std::size_t> from) const;
  void find_order();

  std::vector<const PackageControl*> packages_;
  std::vector<std::vector<std::size_t>> needs_;
  std::vector<std::vector<std::size_t>> pre_needs_;
  std::vector<std::size_t> order_;
};

}  // namespace mlrepro
