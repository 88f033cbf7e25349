#include <algorithm>
#include <cstdio>
#include <exception>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/app.hpp"
#include "cli/terminal.hpp"

namespace mlrepro {
namespace {

constexpr int exit_interrupted = 130;

int exit_status(const Error& error, bool running) {
  if (error.kind() == ErrorKind::interrupted) return exit_interrupted;
  if (running) {
    // docker's convention: what failed before the command did is not the command's failure.
    if (error.code() == "command-not-found") return 127;
    if (error.code() == "command-not-executable") return 126;
    return exit_run_failed;
  }
  return error.kind() == ErrorKind::input ? exit_input : exit_surroundings;
}

int perform(const ParsedCommandLine& parsed, Terminal& terminal) {
  Invocation invocation;
  invocation.directory = parsed.global.directory;
  if (!parsed.global.manifest.empty()) invocation.manifest = parsed.global.manifest;
  if (!parsed.global.lockfile.empty()) invocation.lockfile = parsed.global.lockfile;
  invocation.cache = cache_folder(parsed.global);
  invocation.offline = parsed.global.offline;
  invocation.progress = &terminal;
  invocation.answer = &terminal;
  return parsed.action(invocation);
}

// Whose exit status is that of what runs in the container.
bool ends_as_its_command(const std::string& command) {
  return command == "run" || command == "shell" || command == "lab";
}

// Whether the command is one of those, also where its options cannot be read: the first word that is neither
// an option nor an option's value.
bool asks_to_run(const std::vector<std::string>& arguments) {
  static const std::set<std::string> with_value{"-C",          "--manifest", "--lockfile",
                                                "--cache-dir", "--color",    "--progress"};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (with_value.contains(arguments[i])) {
      ++i;
    } else if (!arguments[i].starts_with('-')) {
      return ends_as_its_command(arguments[i]);
    }
  }
  return false;
}

int run_main(const std::vector<std::string>& arguments) {
  ParsedCommandLine parsed;
  TerminalOptions options;
  options.json = std::find(arguments.begin(), std::find(arguments.begin(), arguments.end(), "--"),
                           "--json") != std::find(arguments.begin(), arguments.end(), "--");
  try {
    parsed = parse_command_line(arguments);
    options = parsed.global.terminal;
  } catch (const Error& error) {
    Terminal(options).error(error);
    return asks_to_run(arguments) ? exit_run_failed : exit_input;
  }
  if (!parsed.action) {
    std::fwrite(parsed.text.data(), 1, parsed.text.size(), stdout);
    return exit_done;
  }
  Terminal terminal(options);
  watch_signals();
  try {
    return perform(parsed, terminal);
  } catch (const Error& error) {
    terminal.error(error);
    return exit_status(error, ends_as_its_command(parsed.command));
  } catch (const std::exception& error) {
    terminal.error(Error(ErrorKind::internal, "internal", std::string("unexpected failure: ") + error.what(),
                         "this is a fault of mlrepro; please report it with the command that showed it"));
    return ends_as_its_command(parsed.command) ? exit_run_failed : exit_surroundings;
  }
}

}  // namespace
}  // namespace mlrepro

int main(int argc, char** argv) {
  return mlrepro::run_main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
