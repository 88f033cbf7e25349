#include "adapters/container/runtime.hpp"

#include <unistd.h>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

std::string version_of(const std::string& program) {
  Command command;
  command.arguments = {program, "--version"};
  command.timeout_seconds = 10;
  const ProcessResult result = run_process(command);
  const std::string first(split(result.output, '\n').front());
  const auto words = split_words(first);
  // "crun version 1.8.1", "runc version 1.1.5+ds1"
  return words.size() == 3 ? std::string(words[0]) + " " + std::string(words[2]) : first;
}

// In order of preference. Without cgroups: hosts with hybrid cgroups, and those that forbid the eBPF device
// filter.
std::vector<ContainerRuntime> candidates() {
  const auto ways = [](const std::string& program) {
    std::vector<ContainerRuntime> list{{program, {}, false, ""}};
    if (fs::path(program).filename() == "crun") {
      list.push_back({program, {"--cgroup-manager=disabled"}, false, ""});
      list.push_back({program, {"--cgroup-manager=disabled"}, true, ""});
    }
    return list;
  };
  if (const auto named = environment(env::oci_runtime)) return ways(*named);
  auto all = ways("crun");
  all.push_back(ways("runc").front());
  return all;
}

std::string key_of(const ContainerRuntime& runtime) {
  std::string boot;
  try {
    boot = trim(read_file("/proc/sys/kernel/random/boot_id", 4096));
  } catch (const Error&) {
    boot = "unknown";
  }
  return runtime.version + " " + join(runtime.options, " ") + (runtime.own_cgroup_mount ? " cgroup2" : "") +
         " uid " + std::to_string(::geteuid()) + (in_user_namespace() ? " user-namespace" : "") + " boot " +
         boot;
}

std::string why_not(const ContainerRuntime& runtime, const fs::path& lower, const fs::path& state,
                    const Json& config) {
  std::string said;
  ContainerStart start;
  start.lower = lower;
  start.state = state;
  start.id = "mlrepro-trial-" + std::to_string(::getpid());
  start.config = config;
  start.timeout_seconds = 20;
  start.output = [&](std::string_view bytes, bool) {
    if (said.size() < 4096) said += bytes;
  };
  try {
    const ContainerEnd end = run_container(runtime, start);
    if (end.exit_status == 0) return "";
    return said.empty() ? "exit status " + std::to_string(end.exit_status) : std::string(trim(said));
  } catch (const Error& error) {
    return error.message();
  }
}

}  // namespace

bool in_user_namespace() {
  const std::string map = read_file("/proc/self/uid_map", 4096);
  const auto words = split_words(map);
  return !(words.size() == 3 && words[0] == "0" && words[1] == "0" && words[2] == "4294967295");
}

ContainerRuntime choose_runtime(const fs::path& lower, const fs::path& state, const Json& trial_config,
                                bool cgroups) {
  make_directories(state);
  const fs::path memory = state / (cgroups ? "runtime-choice-cgroups" : "runtime-choice");
  std::error_code ignored;
  const std::string remembered = fs::exists(memory, ignored) ? read_file(memory, 4096) : "";
  std::vector<ContainerRuntime> installed;
  std::string trials;
  for (auto& candidate : candidates()) {
    if (cgroups && !candidate.options.empty()) continue;
    if (!find_program(candidate.program)) {
      const std::string line = "\n  " + candidate.program + ": not installed";
      if (trials.find(line) == std::string::npos) trials += line;
      continue;
    }
    candidate.version = version_of(candidate.program);
    if (key_of(candidate) == remembered) return candidate;
    installed.push_back(candidate);
  }
  for (const auto& candidate : installed) {
    const std::string trouble = why_not(candidate, lower, state, trial_config);
    if (trouble.empty()) {
      write_file_atomically(memory, key_of(candidate));
      return candidate;
    }
    trials += "\n  " + candidate.version +
              (candidate.options.empty() ? "" : " " + join(candidate.options, " ")) + ": " + trouble;
  }
  if (cgroups) {
    throw Error(
        ErrorKind::surroundings, "no-cgroups",
        "memory and CPUs cannot be limited: no container runtime may use control groups here:" + trials,
        "leave --memory and --cpus out, or run where cgroups can be written to; --ulimit works everywhere");
  }
  throw Error(ErrorKind::surroundings, "no-runtime", "no container runtime starts a container here:" + trials,
              "install one: apt-get install crun");
}

}  // namespace mlrepro
