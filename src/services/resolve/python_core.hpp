// The least that a refusal rests on: each requirement in it is needed for the contradiction, and each kind of
// version that was left out would break it.
#pragma once

#include <string>
#include <vector>

#include "services/resolve/python_problem.hpp"

namespace mlrepro {

// Versions of a project that would help, were they not left out.
struct PythonBarrier {
  std::string project;
  Hindrance why = Hindrance::no_wheel;
  std::vector<python::Version> versions;  // those that the core asks for; sorted; never empty
};

struct PythonCore {
  std::vector<python::Requirement> jobs;   // of the manifest; never empty
  std::vector<PythonRefusal::Edge> edges;  // of versions; none from the manifest
  std::vector<PythonBarrier> barriers;     // by project, the newest versions first
};

// One for each requirement of the manifest that fails by itself, else one.
[[nodiscard]] std::vector<PythonCore> minimal_cores(const PythonRefusal& refusal,
                                                    const PythonProjects& projects);

}  // namespace mlrepro
