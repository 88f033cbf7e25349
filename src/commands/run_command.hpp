// mlrepro run: a command in the locked image, recorded.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "commands/chosen_target.hpp"
#include "commands/invocation.hpp"
#include "services/run/runner.hpp"

namespace mlrepro {

struct RunOptions {
  std::vector<std::string> command;      // empty: the manifest's
  std::vector<std::string> volumes;      // -v SRC:DST[:ro], added to the manifest's
  std::vector<std::string> environment;  // -e NAME=VALUE or NAME (ours is passed on)
  std::vector<std::string> env_files;
  std::string workdir;
  std::string user;
  std::string network;             // empty: the manifest's
  std::vector<std::string> ports;  // -p [[ADDRESS:]OUTSIDE:]INSIDE[/udp]
  std::string gpus;                // empty: none
  std::string runtime;             // empty: any
  std::string shm_size;
  std::vector<std::string> ulimits;
  std::string memory;
  std::string cpus;
  std::string determinism;  // empty: the manifest's
  std::string name;
  std::optional<double> timeout;
  bool interactive = false;
  bool terminal = false;
  bool read_only = false;
  bool no_record = false;
  bool health = true;   // the manifest's health check is of its own command, and of others that run
  unsigned repeat = 1;  // runs one after another, all of them whatever they come to; a signal ends the row
  TargetChoice target = {};
};

// What is left to settle when the image is there and the command is about to start.
using LastWord = std::function<void(RunOptions& options)>;

// The status of the command itself, of several the first that is not 0; failures of ours are Errors, which
// cli/main turns into 125.
[[nodiscard]] int run_command(const Invocation& invocation, RunOptions options,
                              const LastWord& last_word = {});

// What the manifest alone asks for: run without options, and what verify --replay does again.
[[nodiscard]] RunRequest run_request(const Invocation& invocation, const Manifest& manifest,
                                     const Lockfile& lock, const RealisedImage& image);

}  // namespace mlrepro
