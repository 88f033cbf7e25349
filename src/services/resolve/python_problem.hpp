// Which versions go together: from projects to a problem for libsolv and back.
#pragma once

#include <map>
#include <optional>
#include <set>
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
};

struct PythonRefusal {
  // The requirements of the manifest that each fail by themselves, with what killed each project's versions
  // on the way; empty where libsolv alone found the clash.
  std::vector<python::Requirement> failing_jobs;
  std::map<CandidateRef, python::Requirement> killed_by;
  // libsolv's account: who requires what. project "" is the manifest.
  struct Edge {
    std::string from;
    python::Version oldest;  // of the versions that all require this
    python::Version newest;
    python::Requirement requirement;
    bool impossible = false;
  };
  std::vector<Edge> edges;
};

class VersionMasks;

// (who requires, what is required), by name.
using ProjectPairs = std::set<std::pair<std::string, std::string>>;

// Versions whose metadata is not known have, with `assume`, the dependencies that both their fetched
// neighbours in version order have, each over the interval that covers both; without it, none. `jobs` are the
// manifest's requirements that apply, sorted.
//
// Of several answers: first what the manifest names, then the rest, and in each what builds on another before
// that (but first of all what is asked to move, then what may stay as it was locked), each project has the
// most preferred version that goes together with those before it. An answer that holds versions not yet
// fetched may fall short of that.
[[nodiscard]] std::variant<PythonAnswer, PythonRefusal> solve_python(
    const PythonProjects& projects, const std::vector<PythonDependency>& jobs, VersionMasks& masks,
    bool assume);

// Why the jobs could not be met even if no dependencies but those of `only` counted; absent where they could
// be. Takes nothing for granted of versions that are not fetched. Adds to `effort` what it took: about how many
// rules were looked at, the same on every machine.
[[nodiscard]] std::optional<PythonRefusal> refusal_within(const PythonProjects& projects,
                                                          const std::vector<PythonDependency>& jobs,
                                                          VersionMasks& masks, const ProjectPairs& only,
                                                          std::size_t& effort);

}  // namespace mlrepro
