// mlrepro runs: the records of this project.
#pragma once

#include <string>

#include "commands/invocation.hpp"

namespace mlrepro {

[[nodiscard]] int runs_list_command(const Invocation& invocation);
[[nodiscard]] int runs_show_command(const Invocation& invocation, const std::string& run);

}  // namespace mlrepro
