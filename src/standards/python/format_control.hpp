// pip's format control (--only-binary, --no-binary): in which forms a project's files may be taken.
#pragma once

#include <string>
#include <vector>

namespace mlrepro::python {

enum class FormatControl { any, wheel_alone, source_alone };

// Of the project `name` (normalised). The lists hold normalised names and ":all:"; a name in either counts
// before ":all:", and a wheel alone before a source alone.
[[nodiscard]] FormatControl format_control(const std::string& name,
                                           const std::vector<std::string>& only_binary,
                                           const std::vector<std::string>& no_binary);

}  // namespace mlrepro::python
