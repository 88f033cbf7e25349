// What the two readers of direct references have in common (direct_url.cpp, direct_requirement.cpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::python::detail {

// Adds "a, B" as normalised names, sorted, each once; false where one is no name.
[[nodiscard]] bool take_extras(std::string_view list, std::vector<std::string>& extras);

}  // namespace mlrepro::python::detail
