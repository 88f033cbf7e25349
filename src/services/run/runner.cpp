#include "services/run/runner.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>

#include "adapters/container/runtime.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hex.hpp"
#include "services/image/wheel_layout.hpp"
#include "services/provenance/data_state.hpp"
#include "services/provenance/source_state.hpp"
#include "services/run/docker_syntax.hpp"
#include "services/run/gpu_injection.hpp"
#include "services/run/health_watch.hpp"
#include "services/run/host_facts.hpp"
#include "services/run/program_lookup.hpp"
#include "services/run/published_ports.hpp"
#include "services/run/replay_folder.hpp"
#include "standards/oci/runtime_spec.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t log_limit = std::size_t{16} << 20;
constexpr int timed_out_status = 124;  // timeout(1)'s
constexpr int failed_status = 125;     // docker's: the container was not started

// "calm-heron-4f2a": the last digits keep names apart.
std::string name_of(const std::string& id) {
  static constexpr std::array<std::string_view, 16> moods{
      "calm", "bold", "keen", "wise",  "swift", "quiet", "bright", "plain",
      "warm", "fair", "deep", "brisk", "clear", "proud", "sound",  "true"};
  static constexpr std::array<std::string_view, 16> birds{
      "heron",  "finch", "raven", "swan", "crane", "robin",  "eagle", "stork",
      "plover", "kite",  "owl",   "wren", "tern",  "falcon", "lark",  "ibis"};
  const auto digit = [&](std::size_t at) {
    return static_cast<std::size_t>(id[at] <= '9' ? id[at] - '0' : id[at] - 'a' + 10);
  };
  return std::string(moods[digit(0)]) + "-" + std::string(birds[digit(1)]) + "-" + id.substr(2, 4);
}

// The last `log_limit` bytes of what came.
class Log {
 public:
  void append(std::string_view bytes) {
    text_ += bytes;
    if (text_.size() > 2 * log_limit) text_.erase(0, text_.size() - log_limit);
  }
  [[nodiscard]] std::string take() {
    if (text_.size() > log_limit) text_.erase(0, text_.size() - log_limit);
    return std::move(text_);
  }

 private:
  std::string text_;
};

class Run {
 public:
  Run(const RunRequest& request, Catalog* catalog, Progress& progress)
      : request_(request), catalog_(catalog), progress_(progress) {
    outputs_folder_ = request.output_root.empty() ? request.manifest->folder : request.output_root;
  }

  RunEnd perform() {
    record_.host = host_facts();
    resolve_mounts();
    find_gpus();
    resolve_environment();
    check_program(request_.rootfs, mounts_, request_.command.front(), environment_.at("PATH"),
                  request_.workdir);
    check_ulimits(request_.limits.processes);
    const Json config = oci::to_json(spec());
    begin_record();
    const ContainerRuntime runtime =
        choose_runtime(request_.rootfs, request_.state, oci::to_json(trial_spec()),
                       {request_.runtime, request_.limits.needs_cgroups(), request_.health.has_value()});
    record_.host.runtime = runtime.version;
    enter_record();
    try {
      execute(runtime, config);
    } catch (const Error&) {
      record_.exit_status = failed_status;
      if (catalog_ != nullptr) catalog_->put(record_);
      throw;
    }
    finish_record();
    return {std::move(record_), interrupted_};
  }

 private:
  void resolve_mounts() {
    for (MountConfig mount : request_.mounts) {
      const fs::path source = (request_.manifest->folder / mount.source).lexically_normal();
      std::error_code ignored;
      if (!fs::exists(source, ignored)) {
        throw Error(ErrorKind::input, "mount-missing",
                    "the mount " + mount.source + ":" + mount.destination +
                        " has no source: " + source.string() + " is not there",
                    "make it first: mkdir -p " + mount.source);
      }
      std::string text = source.string();
      while (text.size() > 1 && text.ends_with('/'))
        text.pop_back();
      mount.source = text;
      mounts_.push_back(mount);
    }
    if (!request_.output_root.empty()) {
      mounts_ = redirect_mounts(mounts_, request_.manifest->folder, request_.output_root,
                                request_.output_patterns, request_.cache);
    }
  }

  void resolve_environment() {
    environment_ = {{"PATH", std::string(environment_search_path)}, {"HOME", "/root"}, {"LANG", "C.UTF-8"}};
    if (request_.terminal) environment_["TERM"] = "xterm";
    if (request_.determinism != "off") environment_["PYTHONHASHSEED"] = "0";
    for (const auto& [name, value] : gpus_.environment)
      environment_[name] = value;
    for (const auto& [name, value] : request_.environment)
      environment_[name] = value;
    if (gpus_.programs) environment_["PATH"] = with_folder_last(environment_["PATH"], driver_programs);
    if (!gpus_.files.empty())
      environment_["LD_LIBRARY_PATH"] = with_folder_last(environment_["LD_LIBRARY_PATH"], driver_libraries);
  }

  void find_gpus() {
    const GpuChoice choice = parse_gpus(request_.gpus);
    if (choice.any())
      gpus_ = inject_gpus(find_gpu_devices(choice), request_.rootfs, request_.state, progress_);
  }

  void name_record() {
    record_.id = random_hex(16);
    record_.name = request_.name.empty() ? name_of(record_.id) : request_.name;
  }

  // A name of our own making that is taken already is made again.
  void enter_record() {
    if (catalog_ == nullptr) return;
    for (int attempt = 0;; ++attempt) {
      try {
        return catalog_->put(record_);
      } catch (const Error& error) {
        if (error.code() != "run-name" || !request_.name.empty() || attempt == 20) throw;
        name_record();
      }
    }
  }

  void begin_record() {
    name_record();
    record_.lock_id = request_.lock_id;
    record_.image = request_.image;
    record_.command = request_.command;
    record_.environment = {environment_.begin(), environment_.end()};
    record_.workdir = request_.workdir;
    record_.network = request_.network;
    record_.determinism = request_.determinism;
    record_.container = recorded_container();
    record_.source = source_state(request_.manifest->folder, request_.output_patterns);
    for (const auto& path : request_.input_paths) {
      auto files = hash_files(request_.manifest->folder, path);
      record_.inputs.insert(record_.inputs.end(), files.begin(), files.end());
    }
    record_.unlocked_inputs = gpus_.unlocked;
    before_ = stamp_matching(outputs_folder_, request_.output_patterns);
    record_.started = format_rfc3339(now());
  }

  [[nodiscard]] RecordedContainer recorded_container() const {
    RecordedContainer container;
    container.mounts = recorded_mounts();
    container.user = request_.user;
    container.shm_size = request_.shm_size;
    container.read_only = request_.read_only;
    for (const auto& port : request_.ports)
      container.ports.push_back(port_text(port));
    container.ulimits = ulimit_texts(request_.limits.processes);
    container.memory = request_.limits.memory;
    container.cpus = request_.limits.cpus;
    container.gpus = request_.gpus;
    return container;
  }

  [[nodiscard]] std::vector<RecordedMount> recorded_mounts() const {
    std::vector<RecordedMount> list;
    const fs::path& folder = request_.manifest->folder;
    for (const auto& mount : request_.mounts) {
      const fs::path source = (folder / mount.source / "").lexically_normal().parent_path();
      const fs::path relative = source.lexically_relative(folder);
      const bool below = !relative.empty() && *relative.begin() != "..";
      list.push_back({(below ? relative : source).generic_string(), mount.destination, mount.read_only});
    }
    return list;
  }

  [[nodiscard]] oci::RuntimeSpec trial_spec() const {
    oci::RuntimeSpec spec;
    spec.arguments = {"/bin/true"};
    spec.environment = {environment_.begin(), environment_.end()};
    spec.machine = record_.host.machine;
    spec.in_user_namespace = in_user_namespace();
    // Limits that no command notices: whether there can be any is all that is asked.
    if (request_.limits.memory) spec.memory = std::uint64_t{1} << 40;
    if (request_.limits.cpus) spec.cpus = 1;
    return spec;
  }

  [[nodiscard]] oci::RuntimeSpec spec() const {
    oci::RuntimeSpec spec = trial_spec();
    spec.arguments = request_.command;
    spec.workdir = request_.workdir;
    const auto user = parse_user(request_.user);
    if (!user) {
      throw Error(ErrorKind::input, "bad-user", "--user " + request_.user + " is not UID[:GID]",
                  "for example --user 1000:1000");
    }
    spec.uid = user->uid;
    spec.gid = user->gid;
    spec.terminal = request_.terminal;
    winsize size{};
    if (spec.terminal && ::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
      spec.rows = size.ws_row;
      spec.columns = size.ws_col;
    }
    spec.read_only = request_.read_only;
    spec.host_network = request_.network == "host";
    spec.joined_network = request_.network == "private";
    spec.limits = request_.limits.processes;
    spec.memory = request_.limits.memory;
    spec.cpus = request_.limits.cpus;
    if (request_.shm_size) spec.shm_size = *request_.shm_size;
    add_network_files(spec);
    for (const auto& node : gpus_.nodes)
      spec.devices.push_back(device_node(node));
    for (const auto& mount : gpus_.files)
      spec.mounts.push_back({mount.source, mount.destination, mount.read_only});
    for (const auto& mount : mounts_)
      spec.mounts.push_back({mount.source, mount.destination, mount.read_only});
    return spec;
  }

  static oci::DeviceNode device_node(const HostPath& node) {
    struct stat info {};
    if (::stat(node.host.c_str(), &info) != 0) throw system_error(errno, "read " + node.host.string());
    return {node.host.string(), node.container, major(info.st_rdev), minor(info.st_rdev)};
  }

  // What names mean in there: an image has no such files.
  void add_network_files(oci::RuntimeSpec& spec) const {
    std::error_code ignored;
    if (spec.host_network) {
      for (const char* file : {"/etc/resolv.conf", "/etc/hosts"}) {
        if (fs::is_regular_file(file, ignored))
          spec.mounts.push_back({fs::canonical(file).string(), file, true});
      }
      return;
    }
    const auto add = [&](const char* name, const std::string& text) {
      const fs::path file = request_.state / name;
      if (!fs::exists(file, ignored) || read_file(file, 4096) != text) {
        make_directories(request_.state);
        write_file_atomically(file, text);
      }
      spec.mounts.push_back({file.string(), "/etc/" + std::string(name), true});
    };
    add("hosts", "127.0.0.1 localhost mlrepro\n::1 localhost ip6-localhost ip6-loopback\n");
    add("hostname", "mlrepro\n");
    if (spec.joined_network) add("resolv.conf", "nameserver " + private_name_server() + "\n");
  }

  void execute(const ContainerRuntime& runtime, const Json& config) {
    Log log;
    ContainerStart start;
    start.lower = request_.rootfs;
    start.state = request_.state;
    start.id = "mlrepro-" + record_.id;
    start.config = config;
    start.inherit_input = request_.interactive || request_.terminal;
    start.inherit_output = request_.terminal;
    start.timeout_seconds = request_.timeout_seconds;
    if (request_.network == "private") start.private_network = request_.ports;
    start.output = [&](std::string_view bytes, bool error_stream) {
      log.append(bytes);
      if (!request_.quiet)
        write_all(error_stream ? STDERR_FILENO : STDOUT_FILENO, bytes, "the output of the run");
    };
    std::optional<HealthWatch> health;
    if (request_.health) {
      record_.health = RecordedHealth{"starting", 0, 0, ""};
      start.standing = [&](const std::vector<std::string>& prefix) {
        health.emplace(*request_.health, prefix, [this](const RecordedHealth& now) { tell_health(now); });
      };
    }
    const auto before = std::chrono::steady_clock::now();
    const ContainerEnd end = run_container(runtime, start);
    if (health) record_.health = health->end();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
    record_.seconds = std::round(took.count() * 1000) / 1000;
    record_.exit_status = end.timed_out ? timed_out_status : end.exit_status;
    record_.log = log.take();
    interrupted_ = end.interrupted;
    if (end.timed_out) progress_.warning("the run was stopped: it took longer than --timeout allows");
  }

  // Called from the watch's thread, while nobody else has record or catalog in hand.
  void tell_health(const RecordedHealth& health) noexcept {
    try {
      record_.health = health;
      if (catalog_ != nullptr) catalog_->put(record_);
      if (health.state == "unhealthy") {
        progress_.warning("the run " + record_.name + " is unhealthy: " + health.last);
      } else {
        progress_.note("the run " + record_.name + " is " + health.state);
      }
    } catch (const std::exception&) {
      // The end of the run records it again, and says what is wrong with the database.
      return;
    }
  }

  void finish_record() {
    MatchedFiles outputs = hash_matching(outputs_folder_, request_.output_patterns, before_);
    record_.outputs = std::move(outputs.files);
    // Only the manifest's own command has promised them.
    if (request_.command == request_.manifest->run.command)
      record_.missing_outputs = std::move(outputs.missing);
    if (catalog_ != nullptr) catalog_->put(record_);
  }

  const RunRequest& request_;
  Catalog* catalog_;
  Progress& progress_;
  fs::path outputs_folder_;
  std::vector<MountConfig> mounts_;
  GpuInjection gpus_;
  std::map<std::string, std::string> environment_;
  FileStamps before_;  // outputs of earlier runs
  RunRecord record_;
  bool interrupted_ = false;
};

}  // namespace

RunEnd run_in_image(const RunRequest& request, Catalog* catalog, Progress& progress) {
  return Run(request, catalog, progress).perform();
}

}  // namespace mlrepro
