// A refusal in words: the chain from the manifest to what fails, down to the OS part where that decides.
#pragma once

#include <vector>

#include "services/resolve/conflict.hpp"
#include "services/resolve/python_core.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/resolve/python_source.hpp"

namespace mlrepro {

// What a refusal is told of.
struct PythonScene {
  const PythonRequest& request;
  const PythonTarget& target;
  const PythonProjects& projects;
  PythonSource& source;
};

// One entry a core, in their order, without suggestions.
[[nodiscard]] Conflict explain_python(const std::vector<PythonCore>& cores, const PythonScene& scene);

// What most of the core quarrels about, or what nothing meets: a project's name.
[[nodiscard]] std::string quarrel_of(const PythonCore& core, const PythonProjects& projects);

}  // namespace mlrepro
