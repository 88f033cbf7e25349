// The parts of a path below a tree's root (tree_sink.hpp).
#pragma once

#include <string>

namespace mlrepro {

// "usr/bin/x" -> "usr/bin"; empty for a name in the root.
[[nodiscard]] inline std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// "usr/bin/x" -> "x".
[[nodiscard]] inline std::string name_in(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace mlrepro
