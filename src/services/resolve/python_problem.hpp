// From projects to a problem for libsolv: requirements as bit masks over versions, dead versions dropped,
// equal ones merged.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/solv/rank_solver.hpp"
#include "services/resolve/python_project.hpp"

namespace mlrepro {

using PythonProjects = std::map<std::string, PythonProject>;

// A version of a project, by its place in PythonProject::candidates.
struct CandidateRef {
  std::string project;
  std::size_t candidate = 0;
  auto operator<=>(const CandidateRef&) const = default;
};

struct PythonAnswer {
  std::vector<CandidateRef> chosen;  // sorted
  bool assumed = false;              // some dependencies were guessed from neighbours
};

struct PythonRefusal {
  // The requirement of the manifest that fails, with what killed each project's versions on the way; empty
  // where libsolv alone found the clash.
  std::vector<python::Requirement> failing_jobs;
  std::map<CandidateRef, python::Requirement> killed_by;
  // libsolv's account: who requires what. project "" is the manifest.
  struct Edge {
    std::string from;
    std::string version;
    python::Requirement requirement;
    bool impossible = false;
  };
  std::vector<Edge> edges;
};

// Versions whose metadata is not known have, with `assume`, the dependencies that both their fetched
// neighbours in version order have, each over the interval that covers both; without it, none. `jobs` are the
// manifest's requirements that apply, sorted.
[[nodiscard]] std::variant<PythonAnswer, PythonRefusal> solve_python(
    const PythonProjects& projects, const std::vector<python::Requirement>& jobs, bool assume);

}  // namespace mlrepro
