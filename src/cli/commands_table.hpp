// The table of commands: each one's name, its line of help, its options, and what it calls.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <vector>

#include "commands/invocation.hpp"

namespace mlrepro {

struct DeclaredCommand {
  const CLI::App* app = nullptr;
  std::string name;
  // `words` are what follows the options of a command that takes_command; else empty.
  std::function<int(const Invocation&, const std::vector<std::string>& words)> action;
  bool takes_command = false;
};

// Adds every command to `app`. `json` is set by any --json while `app` parses.
[[nodiscard]] std::vector<DeclaredCommand> declare_commands(CLI::App& app, bool& json);

}  // namespace mlrepro
