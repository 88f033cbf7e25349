// The nearest change of the manifest that takes a refusal away, found by solving again with each.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/resolve/conflict.hpp"
#include "services/resolve/python_explain.hpp"

namespace mlrepro {

// Solves a request without any suggestions; absent where it is refused.
using PythonTry =
    std::function<std::optional<PythonSolution>(const PythonRequest& request, PythonSource& source)>;

// Fills in the suggestion of each entry. `conflict` and `cores` go together. What is tried, and so what is
// said, depends on the indexes' content, apart from a limit in time (2 s) that slow networks may reach; pages
// and metadata are read in bounded number. Words end in what the changed manifest gives, or in what was
// tried in vain.
void suggest_python(Conflict& conflict, const std::vector<PythonCore>& cores, const PythonScene& scene,
                    const PythonTry& attempt, Progress& progress);

}  // namespace mlrepro
