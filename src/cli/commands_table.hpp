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
  std::function<int(const Invocation&)> action;
  bool takes_command = false;  // the words after its options are a command to run
};

// Adds every command to `app`. `json` is set by any --json; `run_words` is read by `run` when it is called.
[[nodiscard]] std::vector<DeclaredCommand> declare_commands(CLI::App& app, bool& json,
                                                            std::vector<std::string>& run_words);

}  // namespace mlrepro
