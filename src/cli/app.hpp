// The command line, read: which command, with which options.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "commands/invocation.hpp"

namespace mlrepro {

// The options that stand for all commands.
struct GlobalOptions {
  std::string directory = ".";
  std::string manifest;
  std::string lockfile;
  std::string cache_dir;
  bool offline = false;
  TerminalOptions terminal;
};

struct ParsedCommandLine {
  GlobalOptions global;
  std::string command;                           // "runs show"
  std::function<int(const Invocation&)> action;  // empty: `text` is all there is to say
  std::string text;                              // --help, --version, completion: for standard output
};

// `arguments` without the program's name. Throws Error(input, "usage") with the nearest known option or
// command as hint.
[[nodiscard]] ParsedCommandLine parse_command_line(const std::vector<std::string>& arguments);

[[nodiscard]] std::filesystem::path cache_folder(const GlobalOptions& global);

}  // namespace mlrepro
