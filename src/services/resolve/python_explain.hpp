// A refusal in words: the chain from the manifest to what fails, and the nearest change that would help.
#pragma once

#include "services/resolve/conflict.hpp"
#include "services/resolve/python_problem.hpp"

namespace mlrepro {

[[nodiscard]] Conflict explain_python(const PythonRefusal& refusal, const PythonProjects& projects,
                                      const std::vector<PythonDependency>& jobs);

}  // namespace mlrepro
