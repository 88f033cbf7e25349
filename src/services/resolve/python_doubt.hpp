// Whether an answer could have been better for all that was not read: guesses pass over a good version
// between two that fail alike.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "services/resolve/python_problem.hpp"

namespace mlrepro {

// Whether reading a wheel's metadata costs much: large wheels have large directories (PEP 427; tensorflow's
// is over a megabyte), which come whole where the index serves no metadata of its own.
[[nodiscard]] bool is_heavy(const PythonProject& project);

// Versions whose metadata is not known and that are preferred to a chosen one of `doubted`, though nothing
// chosen refuses them: the nearest, and, but for heavy wheels, points among the rest. Sources are left aside,
// since they come whole. `in_use` tells whether an extra of a project counts.
[[nodiscard]] std::set<CandidateRef> untried(
    const PythonProjects& projects, const std::vector<PythonDependency>& jobs, const PythonAnswer& answer,
    const std::set<CandidateRef>& doubted,
    const std::function<bool(const std::string& project, const std::string& extra)>& in_use);

}  // namespace mlrepro
