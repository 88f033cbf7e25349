// mlrepro why: the chain that brought a package in.
#pragma once

#include <string>

#include "commands/chosen_target.hpp"
#include "commands/invocation.hpp"

namespace mlrepro {

[[nodiscard]] int why_command(const Invocation& invocation, const std::string& package,
                              const TargetChoice& target);

}  // namespace mlrepro
