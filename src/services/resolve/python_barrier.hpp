// Why versions do not count, in words: what their files are for, and what the environment is.
#pragma once

#include <string>
#include <vector>

#include "services/resolve/conflict.hpp"
#include "services/resolve/python_core.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/resolve/python_source.hpp"

namespace mlrepro {

// Versions that one reason keeps away.
struct BarrierStory {
  ConflictLink link;    // "torch 1.7.0" requires "CPython 3.6 to 3.8"  ->  "python3 3.11.2-1+b1"
  ConflictLink ground;  // the line of the manifest that decides; `from` is empty where none does
  std::string words;    // "torch 1.7.0 has wheels for CPython 3.6 to 3.8 alone"
};

// Asks `source` for the project's page once more. The newest versions first.
[[nodiscard]] std::vector<BarrierStory> tell_barrier(const PythonBarrier& barrier,
                                                     const PythonRequest& request, const PythonTarget& target,
                                                     const PythonProjects& projects, PythonSource& source);

// "1.7.0", "1.7.0 and 1.7.1", "1.5.0 to 1.7.1 (5 versions)"; of sorted ones.
[[nodiscard]] std::string words_of(const std::vector<python::Version>& versions);

// The ground that Python stands on: {"mlrepro.toml", "os.suite = \"bookworm\"", "python3 3.11.2-1+b1"}.
[[nodiscard]] ConflictLink python_ground(const PythonRequest& request);

}  // namespace mlrepro
