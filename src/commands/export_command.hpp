// mlrepro export: the lock in the formats of other tools.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "commands/chosen_target.hpp"
#include "commands/invocation.hpp"

namespace mlrepro {

struct ExportOptions {
  std::string kind;                             // one of export_kinds()
  std::optional<std::filesystem::path> output;  // "-" or none: standard output
  TargetChoice target = {};
};

[[nodiscard]] std::vector<std::string> export_kinds();
[[nodiscard]] int export_command(const Invocation& invocation, const ExportOptions& options);

}  // namespace mlrepro
