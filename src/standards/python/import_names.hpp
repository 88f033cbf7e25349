// What an installed distribution is imported as: from its RECORD and top_level.txt, as importlib.metadata's
// packages_distributions() finds it, and further down where that ends at a namespace package (PEP 420).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::python {

// `files`: the paths of RECORD, relative to site-packages. `top_level`: of top_level.txt; empty where there
// is none. Sorted dotted names, each a regular package or a module; empty for a distribution of data, scripts
// or stubs alone. Where one is named as the distribution is (PEP 503), that one alone: what else a wheel
// brings may be for extras that nobody asked for (black's blackd). Else names that begin with "_", and those
// of tests, documentation and examples, count only where there is nothing else.
[[nodiscard]] std::vector<std::string> import_names(std::string_view distribution,
                                                    const std::vector<std::string>& files,
                                                    std::string_view top_level);

}  // namespace mlrepro::python
