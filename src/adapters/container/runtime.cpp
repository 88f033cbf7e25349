#include "adapters/container/runtime.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_stamp.hpp"
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
  // "crun version 1.8.1", "runc version 1.1.5+ds1", "bubblewrap 0.8.0"
  return words.size() == 3 ? std::string(words[0]) + " " + std::string(words[2]) : first;
}

struct Installable {
  const char* program;
  const char* package;  // Debian's
};
constexpr std::array known{Installable{"crun", "crun"}, Installable{"runc", "runc"},
                           Installable{"bwrap", "bubblewrap"}};

// In order of preference. Without cgroups: hosts with hybrid cgroups, and those that forbid the eBPF device
// filter.
std::vector<ContainerRuntime> candidates(const std::string& wish) {
  const auto ways = [](const std::string& program) {
    const std::string name = fs::path(program).filename().string();
    std::vector<ContainerRuntime> list{{program, {}, false, "", name == "bwrap"}};
    if (name == "crun") {
      list.push_back({program, {"--cgroup-manager=disabled"}, false, "", false});
      list.push_back({program, {"--cgroup-manager=disabled"}, true, "", false});
    }
    return list;
  };
  if (!wish.empty()) return ways(wish);
  std::vector<ContainerRuntime> all;
  for (const auto& each : known) {
    const auto more = ways(each.program);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::string not_installed(const std::string& program) {
  for (const auto& each : known) {
    if (program == each.program) return program + ": not installed (Debian package " + each.package + ")";
  }
  return program + ": not installed";
}

// What it must be the same as to be taken without a trial; on one line.
std::string key_of(const ContainerRuntime& runtime, const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) throw system_error(errno, "read " + file.string());
  // Control groups may be mounted otherwise where we are started next.
  struct stat groups {};
  (void)::stat("/sys/fs/cgroup", &groups);
  return file.string() + " " + std::to_string(groups.st_dev) + " " + stamp_of(info) + " " +
         join(runtime.options, " ") + (runtime.own_cgroup_mount ? " cgroup2" : "") + " uid " +
         std::to_string(::geteuid()) + (in_user_namespace() ? " user-namespace" : "") + " boot " + boot_id();
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

std::string boot_id() {
  try {
    return std::string(trim(read_file("/proc/sys/kernel/random/boot_id", 4096)));
  } catch (const Error&) {
    return "unknown";
  }
}

bool in_user_namespace() {
  const std::string map = read_file("/proc/self/uid_map", 4096);
  const auto words = split_words(map);
  return !(words.size() == 3 && words[0] == "0" && words[1] == "0" && words[2] == "4294967295");
}

ContainerRuntime choose_runtime(const fs::path& lower, const fs::path& state, const Json& trial_config,
                                const RuntimeWish& wish) {
  make_directories(state);
  const std::string program =
      wish.program.empty() ? environment(env::oci_runtime).value_or("") : wish.program;
  const fs::path memory = state / (std::string("runtime-choice") + (wish.cgroups ? "-cgroups" : "") +
                                   (program.empty() ? "" : "-" + fs::path(program).filename().string()));
  std::error_code ignored;
  const std::string remembered = fs::exists(memory, ignored) ? read_file(memory, 4096) : "";
  std::vector<std::pair<ContainerRuntime, std::string>> installed;  // with its key
  std::string trials;
  for (auto& candidate : candidates(program)) {
    if (wish.cgroups && candidate.bubblewrap)
      trials += "\n  " + candidate.program + ": has no control groups";
    if (wish.enters && candidate.bubblewrap) {
      trials += "\n  " + candidate.program + ": cannot run health checks";
      continue;
    }
    if (wish.cgroups && (candidate.bubblewrap || !candidate.options.empty())) continue;
    const auto file = find_program(candidate.program);
    if (!file) {
      const std::string line = "\n  " + not_installed(candidate.program);
      if (trials.find(line) == std::string::npos) trials += line;
      continue;
    }
    const std::string key = key_of(candidate, *file) + "\n";
    if (remembered.starts_with(key)) {
      candidate.version = remembered.substr(key.size());
      return candidate;
    }
    installed.emplace_back(std::move(candidate), key);
  }
  for (auto& [candidate, key] : installed) {
    candidate.version = version_of(candidate.program);
    const std::string trouble = why_not(candidate, lower, state, trial_config);
    if (trouble.empty()) {
      write_file_atomically(memory, key + candidate.version);
      return candidate;
    }
    trials += "\n  " + candidate.version +
              (candidate.options.empty() ? "" : " " + join(candidate.options, " ")) + ": " + trouble;
  }
  if (wish.cgroups) {
    throw Error(
        ErrorKind::surroundings, "no-cgroups",
        "memory and CPUs cannot be limited: no container runtime may use control groups here:" + trials,
        "leave --memory and --cpus out, or run where cgroups can be written to; --ulimit works everywhere");
  }
  throw Error(ErrorKind::surroundings, "no-runtime", "no container runtime starts a container here:" + trials,
              "install one: apt-get install crun");
}

}  // namespace mlrepro
