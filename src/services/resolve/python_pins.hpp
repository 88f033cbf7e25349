// When a manifest's exact pins were published: old pins beside versions of today are a common way for
// requirements to resolve and not to work.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
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

struct PinGap {
  PinTime pins;     // the youngest exact pin
  PinTime younger;  // the youngest of the others
};
// The same of a lock whose packages were found not to work together, from a month on: between the packages
// that `requirements` pin exactly and the others of `names`. Asks for their pages.
[[nodiscard]] std::optional<PinGap> gap_in_lock(const std::vector<std::string>& requirements,
                                                const std::vector<PythonPackage>& packages,
                                                const std::set<std::string>& names, PythonSource& source);

}  // namespace mlrepro
