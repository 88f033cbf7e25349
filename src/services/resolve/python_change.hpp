// Single changes of what a manifest asks for, each with its words.
#pragma once

#include <string>
#include <vector>

#include "services/resolve/python_core.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {

struct PythonChange {
  PythonRequest request;
  std::string words;  // "numpy<2 instead of numpy>=2"; empty: there is nothing to change
};

// The lines (of the overrides where they decide) that `job` came from, markers kept.
[[nodiscard]] PythonChange with_specifiers(const PythonRequest& request, const python::Requirement& job,
                                           const python::SpecifierSet& specifiers);
[[nodiscard]] PythonChange renamed(const PythonRequest& request, const python::Requirement& job,
                                   const std::string& name);
[[nodiscard]] PythonChange without(const PythonRequest& request, const python::Requirement& job);
// The version pinned exactly, in place of the core's requirement on the project or beside the others.
[[nodiscard]] PythonChange with_pin(const PythonRequest& request, const PythonCore& core,
                                    const std::string& project, const python::Version& version);

[[nodiscard]] PythonChange without_constraint(const PythonRequest& request, const std::string& project);
[[nodiscard]] PythonChange without_hashes(const PythonRequest& request, const std::string& project);
// The project's sources may be built.
[[nodiscard]] PythonChange with_build(const PythonRequest& request, const std::string& project);
[[nodiscard]] PythonChange with_prereleases(const PythonRequest& request);
[[nodiscard]] PythonChange without_date(const PythonRequest& request);
[[nodiscard]] PythonChange with_date(const PythonRequest& request, UnixTime time);

// Bounds near to those of `job` that hold `version`, which works and which they refuse; the nearest first.
// `candidates` are sorted.
[[nodiscard]] std::vector<python::SpecifierSet> nearer(const python::Requirement& job,
                                                       const python::Version& version,
                                                       const std::vector<python::Version>& candidates);

// Other interpreters, the nearest first, and newer C libraries, for which a version behind the barrier has a
// wheel on its page.
[[nodiscard]] std::vector<PythonChange> other_grounds(const PythonRequest& request,
                                                      const PythonTarget& target,
                                                      const PythonBarrier& barrier, const ProjectPage& page);

}  // namespace mlrepro
