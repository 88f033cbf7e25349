// mlrepro init: writes the manifest of a project that has none.
#pragma once

#include <filesystem>
#include <optional>

#include "commands/invocation.hpp"

namespace mlrepro {

struct InitOptions {
  std::optional<std::filesystem::path> from;  // default: the folder itself
  bool force = false;                         // replace a manifest that is there
};

[[nodiscard]] int init_command(const Invocation& invocation, const InitOptions& options);

}  // namespace mlrepro
