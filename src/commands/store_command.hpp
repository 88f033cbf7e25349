// mlrepro store: the content-addressed store under the cache folder.
#pragma once

#include "commands/invocation.hpp"

namespace mlrepro {

[[nodiscard]] int store_info_command(const Invocation& invocation);
[[nodiscard]] int store_check_command(const Invocation& invocation);

}  // namespace mlrepro
