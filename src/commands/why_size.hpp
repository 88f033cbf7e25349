// mlrepro why --size: what requested packages cost.
#pragma once

#include <string>

#include "commands/chosen_target.hpp"
#include "commands/invocation.hpp"

namespace mlrepro {

// Of `package`, or of all that the manifest names where it is empty.
[[nodiscard]] int why_size_command(const Invocation& invocation, const std::string& package,
                                   const TargetChoice& target);

}  // namespace mlrepro
