// From chosen versions to what the lock holds.
#pragma once

#include <vector>

#include "base/progress.hpp"
#include "services/resolve/python_problem.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {

// `answer` holds fetched versions alone. Warns of extras that a chosen version does not have, and of versions
// whose Requires-Python stops short of the interpreter.
[[nodiscard]] PythonSolution python_solution(const PythonRequest& request, const PythonTarget& target,
                                             const std::vector<PythonDependency>& jobs,
                                             const PythonProjects& projects, const PythonAnswer& answer,
                                             Progress& progress);

}  // namespace mlrepro
