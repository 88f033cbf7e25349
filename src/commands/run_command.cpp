#include "commands/run_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>

#include "adapters/sandbox/user_namespace.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "commands/build_command.hpp"
#include "services/image/image_documents.hpp"
#include "services/run/docker_syntax.hpp"
#include "services/run/published_ports.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// Later ones win, as docker has it: the manifest, then --env-file, then -e.
Variables merged_environment(const Invocation& invocation, const Variables& base, const RunOptions& options) {
  std::map<std::string, std::string> merged(base.begin(), base.end());
  for (const auto& file : options.env_files) {
    for (const auto& [name, value] : parse_env_file(read_file(invocation.directory / file, 1U << 20), file)) {
      merged[name] = value;
    }
  }
  for (const auto& text : options.environment) {
    if (const auto variable = parse_variable(text)) merged[variable->first] = variable->second;
  }
  return {merged.begin(), merged.end()};
}

// What the command line says beyond, or instead of, the manifest.
void take_options(const Invocation& invocation, const RunOptions& options, RunRequest& request) {
  if (!options.command.empty()) request.command = options.command;
  if (request.command.empty()) {
    throw Error(ErrorKind::input, "no-command",
                "there is nothing to run: no command is given, and the manifest has none",
                "mlrepro run -- COMMAND, or set run.command in mlrepro.toml");
  }
  for (const auto& word : request.command)
    check_text(word, "bad-command", "the word \"" + word + "\" of the command");
  std::vector<MountConfig> volumes;
  for (const auto& text : options.volumes)
    volumes.push_back(parse_volume(text, invocation.directory));
  request.mounts = merge_mounts(request.mounts, volumes);
  request.environment = merged_environment(invocation, request.environment, options);
  if (!options.workdir.empty()) request.workdir = options.workdir;
  check_workdir(request.workdir);
  if (!options.network.empty()) request.network = options.network;
  if (!options.determinism.empty()) request.determinism = options.determinism;
  if (!options.shm_size.empty()) {
    request.shm_size = parse_size(options.shm_size);
    if (!request.shm_size) {
      throw Error(ErrorKind::input, "bad-size", "--shm-size " + options.shm_size + " is not a size",
                  "for example --shm-size 2g");
    }
  }
  request.runtime = options.runtime;
  if (!options.gpus.empty()) request.gpus = options.gpus;
  request.limits.processes = parse_ulimits(options.ulimits);
  if (!options.memory.empty()) request.limits.memory = parse_memory_limit(options.memory);
  if (!options.cpus.empty())
    request.limits.cpus = parse_cpus(options.cpus, std::thread::hardware_concurrency());
  if (options.health) request.health = request.manifest->run.health;
  request.user = options.user;
  request.name = options.name;
  if (!options.name.empty()) check_run_name(options.name);
  if (options.timeout && !(*options.timeout > 0)) {
    throw Error(ErrorKind::input, "bad-timeout", "--timeout takes a number of seconds above 0",
                "leave it out for no limit");
  }
  request.timeout_seconds = options.timeout;
  request.interactive = options.interactive;
  request.terminal = options.terminal;
  request.read_only = options.read_only;
}

// docker's rule: the host's network has no ports to publish.
void take_published_ports(const Invocation& invocation, const RunOptions& options, RunRequest& request) {
  for (const auto& text : options.ports)
    request.ports.push_back(parse_port(text));
  if (request.ports.empty()) return;
  if (options.network == "none") {
    throw Error(ErrorKind::input, "bad-network",
                "-p publishes ports of a network, and --network none asks for none",
                "leave --network out: -p makes a private one");
  }
  if (request.network == "host") {
    invocation.progress->warning("published ports are discarded when using the network of the host");
    request.ports.clear();
    return;
  }
  request.network = "private";
  const std::vector<PublishedPort> asked = request.ports;
  take_ports(request.ports);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (asked[i].udp && request.ports[i].outside != asked[i].inside) {
      invocation.progress->warning(
          "pasta as in Debian 12 loses the answers of a UDP port that is published under "
          "another number: better -p " +
          std::to_string(asked[i].inside) + ":" + std::to_string(asked[i].inside) + "/udp");
    }
    if (asked[i].outside != 0) continue;
    const PublishedPort& port = request.ports[i];
    invocation.progress->note("port " + std::to_string(port.inside) + (port.udp ? "/udp" : "") +
                              " of the run is " + address_of(port));
  }
}

struct Outcome {
  int status = 0;
  bool interrupted = false;
};

Outcome run_once(const Invocation& invocation, const RunRequest& request, std::optional<Catalog>& catalog) {
  const RunEnd end = run_in_image(request, catalog ? &*catalog : nullptr, *invocation.progress);
  const RunRecord& record = end.record;
  const int status = record.exit_status.value_or(exit_run_failed);
  for (const auto& pattern : record.missing_outputs) {
    invocation.progress->warning("the run left nothing at its declared output \"" + pattern + "\"");
  }
  if (catalog) {
    invocation.progress->note("run " + record.name + " recorded: exit status " + std::to_string(status) +
                              ", " + std::to_string(record.outputs.size()) + " outputs");
  }
  return {status, end.interrupted};
}

// NAME-1, NAME-2 ...: none of them may be taken, or the row would end in its midst. Empty without --name.
std::vector<std::string> names_of_repeats(const RunOptions& options, const std::optional<Catalog>& catalog) {
  std::vector<std::string> names(options.repeat);
  if (options.name.empty()) return names;
  std::set<std::string> taken;
  if (catalog) {
    for (const auto& record : catalog->list())
      taken.insert(record.name);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = options.name + "-" + std::to_string(i + 1);
    if (!taken.contains(names[i])) continue;
    throw Error(ErrorKind::input, "run-name", "there is a run named " + names[i] + " already",
                "take another --name; mlrepro runs lists those there are");
  }
  return names;
}

}  // namespace

RunRequest run_request(const Invocation& invocation, const Manifest& manifest, const Lockfile& lock,
                       const RealisedImage& image) {
  RunRequest request;
  request.manifest = &manifest;
  request.rootfs = image.rootfs;
  request.lock_id = lock.id().tagged();
  request.image = image.section.digest.tagged();
  request.command = manifest.run.command;
  request.mounts = manifest.run.mounts;
  request.environment = manifest.run.environment;
  // Programs of a base rely on what it sets; of an image without one the runner knows all.
  if (lock.os && lock.os->base) {
    std::map<std::string, std::string> variables = image_environment(image.folder);
    for (const auto& [name, value] : manifest.run.environment)
      variables[name] = value;
    request.environment = {variables.begin(), variables.end()};
  }
  request.workdir = manifest.run.workdir;
  if (request.workdir.empty()) {
    request.workdir = manifest.run.mounts.empty() ? "/" : manifest.run.mounts.front().destination;
  }
  request.network = manifest.run.network;
  request.determinism = manifest.run.determinism;
  request.output_patterns = manifest.outputs.paths;
  request.input_paths = manifest.data;
  request.state = invocation.cache / "run";
  request.cache = invocation.cache;
  return request;
}

// In a namespace with the caller's id alone.
void refuse_other_users(const RunRequest& request) {
  const auto user = parse_user(request.user);
  if (!user || (user->uid == 0 && user->gid == 0)) return;
  throw Error(ErrorKind::surroundings, "no-subuid",
              "--user " + request.user +
                  " cannot be had here: you have no subordinate ids, so that root of "
                  "the container is all you can be",
              "leave --user out, or ask for lines like \"USER:100000:65536\" in /etc/subuid and /etc/subgid");
}

int run_command(const Invocation& invocation, RunOptions options, const LastWord& last_word) {
  if (options.terminal && ::isatty(STDIN_FILENO) == 0) {
    throw Error(ErrorKind::input, "no-terminal", "-t wants a terminal, and standard input is none",
                "leave -t out, or start it from a terminal");
  }
  const MappedIds ids = enter_any_user_namespace();
  const Manifest manifest = invocation.read_manifest();
  Lockfile lock = read_target(invocation, manifest, options.target);
  require_host_platform(lock, "its programs cannot be run here", "run it on a machine of that platform");
  const RealisedImage image = realise(invocation, manifest, lock, false);
  if (last_word) last_word(options);

  RunRequest request = run_request(invocation, manifest, lock, image);
  take_options(invocation, options, request);
  if (ids == MappedIds::own) refuse_other_users(request);
  take_published_ports(invocation, options, request);
  std::optional<Catalog> catalog;
  if (!options.no_record) catalog.emplace(Invocation::records_path(manifest));
  if (options.repeat == 1) return run_once(invocation, request, catalog).status;

  const std::vector<std::string> names = names_of_repeats(options, catalog);
  int status = 0;
  for (const auto& name : names) {
    request.name = name;
    const Outcome outcome = run_once(invocation, request, catalog);
    if (status == 0) status = outcome.status;
    if (outcome.interrupted) break;
  }
  return status;
}

}  // namespace mlrepro
