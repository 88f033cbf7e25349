// mlrepro tree: the locked packages as a tree.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "commands/chosen_target.hpp"
#include "commands/invocation.hpp"

namespace mlrepro {

struct TreeOptions {
  bool os = false;  // neither: both
  bool python = false;
  std::optional<std::string> invert;  // the packages that need this one
  std::optional<std::size_t> depth;   // levels below a root
  TargetChoice target = {};
};

[[nodiscard]] int tree_command(const Invocation& invocation, const TreeOptions& options);

}  // namespace mlrepro
