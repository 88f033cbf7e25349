// The words of environment markers, as they are read and written.
#pragma once

#include <array>
#include <string_view>

#include "standards/python/marker.hpp"

namespace mlrepro::python {

struct MarkerVariableName {
  std::string_view text;
  MarkerVariable variable;
};
// The first spelling of each is the one that is written; the rest are PEP 345's and setuptools'.
inline constexpr std::array<MarkerVariableName, 18> marker_variable_names = {{
    {"os_name", MarkerVariable::os_name},
    {"sys_platform", MarkerVariable::sys_platform},
    {"platform_machine", MarkerVariable::platform_machine},
    {"platform_python_implementation", MarkerVariable::platform_python_implementation},
    {"platform_release", MarkerVariable::platform_release},
    {"platform_system", MarkerVariable::platform_system},
    {"platform_version", MarkerVariable::platform_version},
    {"python_version", MarkerVariable::python_version},
    {"python_full_version", MarkerVariable::python_full_version},
    {"implementation_name", MarkerVariable::implementation_name},
    {"implementation_version", MarkerVariable::implementation_version},
    {"extra", MarkerVariable::extra},
    {"os.name", MarkerVariable::os_name},
    {"sys.platform", MarkerVariable::sys_platform},
    {"platform.version", MarkerVariable::platform_version},
    {"platform.machine", MarkerVariable::platform_machine},
    {"platform.python_implementation", MarkerVariable::platform_python_implementation},
    {"python_implementation", MarkerVariable::platform_python_implementation},
}};

// As Marker has its operators in order.
inline constexpr std::array<std::string_view, 10> marker_operators = {"==", "!=", "<=",  ">=", "<",
                                                                      ">",  "~=", "===", "in", "not in"};

}  // namespace mlrepro::python
