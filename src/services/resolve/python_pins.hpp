// When a manifest's exact pins were published: old pins beside versions of today are a common way for
// requirements to resolve and not to work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/resolve/python_problem.hpp"
#include "services/resolve/python_source.hpp"

namespace mlrepro {

struct PinTime {
  UnixTime time = 0;    // of the youngest exact pin
  std::string package;  // "transformers 4.35.2"
};

// The youngest of the requirements that pin a version exactly, by the upload of the files that this target
// can install. Asks for their pages. Throws Error(input): "no-pins" where none is exact, "no-upload-times"
// where the index does not tell.
[[nodiscard]] PinTime youngest_pin(const std::vector<PythonDependency>& jobs, const PythonTarget& target,
                                   PythonSource& source);

// A sentence for a person where the chosen versions that nothing pins are younger than the youngest pin by
// more than a year; absent where not, or where nothing is pinned or dated.
[[nodiscard]] std::optional<std::string> gap_after_pins(const std::vector<PythonDependency>& jobs,
                                                        const PythonProjects& projects,
                                                        const PythonAnswer& answer);

}  // namespace mlrepro
