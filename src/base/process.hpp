// Outside programs: started without a shell, watched, their output bounded.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct Command {
  std::vector<std::string> arguments;                   // arguments[0] is looked up on PATH
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; absent: ours
  std::filesystem::path working_directory;              // empty: ours
  std::string input;                                    // given on standard input; empty: /dev/null
  bool inherit_output = false;                          // else captured
  std::optional<double> timeout_seconds;                // then SIGTERM, 2 s later SIGKILL
  // Runs in the child between fork and exec. Only async-signal-safe calls; returns 0 or an errno.
  std::function<int()> before_exec;
};

struct ProcessResult {
  int exit_status = 0;  // as a shell reports it: 128 + N for signal N, 127 not found, 126 not executable
  bool timed_out = false;
  std::string output;  // standard output, 64 MiB at most
  std::string errors;  // standard error, 64 MiB at most
};

// Throws Error(surroundings, "program-missing") only where the program is not found; any status of the
// program itself is a value.
[[nodiscard]] ProcessResult run_process(const Command& command);

// As a shell reports what waitpid(2) told.
[[nodiscard]] int exit_status_of(int wait_status);

// What execve(2) takes: pointers into the words, a null pointer last.
[[nodiscard]] std::vector<char*> exec_words(std::vector<std::string>& words);

// The file that `name` means on PATH, or absent.
[[nodiscard]] std::optional<std::filesystem::path> find_program(std::string_view name);

}  // namespace mlrepro
