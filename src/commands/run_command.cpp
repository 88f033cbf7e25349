#include "commands/run_command.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <thread>

#include "adapters/sandbox/user_namespace.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "commands/build_command.hpp"
#include "services/run/docker_syntax.hpp"

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
  request.limits.processes = parse_ulimits(options.ulimits);
  if (!options.memory.empty()) request.limits.memory = parse_memory_limit(options.memory);
  if (!options.cpus.empty())
    request.limits.cpus = parse_cpus(options.cpus, std::thread::hardware_concurrency());
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

int run_command(const Invocation& invocation, const RunOptions& options) {
  enter_user_namespace();
  const Manifest manifest = invocation.read_manifest();
  Lockfile lock = read_target(invocation, manifest, options.target);
  require_host_platform(lock, "its programs cannot be run here", "run it on a machine of that platform");
  const RealisedImage image = realise(invocation, manifest, lock, false);

  RunRequest request = run_request(invocation, manifest, lock, image);
  take_options(invocation, options, request);
  std::optional<Catalog> catalog;
  if (!options.no_record) catalog.emplace(Invocation::records_path(manifest));
  const RunRecord record = run_in_image(request, catalog ? &*catalog : nullptr, *invocation.progress);
  for (const auto& pattern : record.missing_outputs) {
    invocation.progress->warning("the run left nothing at its declared output \"" + pattern + "\"");
  }
  if (catalog) {
    invocation.progress->note("run " + record.name + " recorded: exit status " +
                              std::to_string(record.exit_status.value_or(exit_run_failed)) + ", " +
                              std::to_string(record.outputs.size()) + " outputs");
  }
  return record.exit_status.value_or(exit_run_failed);
}

}  // namespace mlrepro
