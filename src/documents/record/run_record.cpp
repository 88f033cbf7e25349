#include "documents/record/run_record.hpp"

#include <filesystem>

#include "base/error.hpp"

namespace mlrepro {
namespace {

Json files_json(const std::vector<RecordedFile>& files) {
  Json list = Json::array();
  for (const auto& file : files)
    list.push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256.hex()}});
  return list;
}

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::input, "bad-record", name + " is not a run record: " + why,
              "a record is what mlrepro runs show RUN --json prints");
}

template <typename T>
T value_of(const Json& object, const char* key, const std::string& name) {
  const auto found = object.find(key);
  if (found == object.end()) refuse(name, std::string(key) + " is missing");
  try {
    return found->get<T>();
  } catch (const Json::exception&) {
    refuse(name, std::string(key) + " has another type than expected");
  }
}

// As value_of; absent for null.
template <typename T>
std::optional<T> optional_value_of(const Json& object, const char* key, const std::string& name) {
  if (value_of<Json>(object, key, name).is_null()) return std::nullopt;
  return value_of<T>(object, key, name);
}

enum class Where { below_project, anywhere };

std::vector<RecordedFile> read_files(const Json& run, const char* key, const std::string& name,
                                     Where where = Where::below_project) {
  std::vector<RecordedFile> files;
  for (const auto& item : value_of<Json>(run, key, name)) {
    RecordedFile file;
    file.path = value_of<std::string>(item, "path", name);
    file.size = value_of<std::uint64_t>(item, "size", name);
    const auto digest = Sha256::parse(value_of<std::string>(item, "sha256", name));
    if (!digest) refuse(name, std::string(key) + " holds no SHA-256");
    // The record may come from elsewhere: it must not make us read outside the project.
    const std::filesystem::path path(file.path);
    bool leaves = path.is_absolute() || path.empty();
    for (const auto& part : path)
      leaves = leaves || part == "..";
    if (leaves && where == Where::below_project)
      refuse(name, "the path \"" + file.path + "\" leaves the project");
    file.sha256 = *digest;
    files.push_back(std::move(file));
  }
  return files;
}

void container_json(const RecordedContainer& container, Json& run) {
  Json mounts = Json::array();
  for (const auto& mount : container.mounts) {
    mounts.push_back(
        {{"source", mount.source}, {"destination", mount.destination}, {"read_only", mount.read_only}});
  }
  run["mounts"] = mounts;
  run["user"] = container.user;
  run["shm_size"] = container.shm_size ? Json(*container.shm_size) : Json(nullptr);
  run["read_only"] = container.read_only;
  run["gpus"] = container.gpus;
  run["ports"] = container.ports;
  run["ulimits"] = container.ulimits;
  run["memory"] = container.memory ? Json(*container.memory) : Json(nullptr);
  run["cpus"] = container.cpus ? Json(*container.cpus) : Json(nullptr);
}

// Absent keys: a record of before they were kept.
void read_limits(const Json& run, const std::string& name, RecordedContainer& container) {
  if (!run.contains("gpus")) return;
  container.gpus = value_of<std::string>(run, "gpus", name);
  container.ports = value_of<std::vector<std::string>>(run, "ports", name);
  container.ulimits = value_of<std::vector<std::string>>(run, "ulimits", name);
  container.memory = optional_value_of<std::uint64_t>(run, "memory", name);
  container.cpus = optional_value_of<double>(run, "cpus", name);
}

Json health_json(const RecordedHealth& health) {
  return {{"state", health.state},
          {"checks", health.checks},
          {"failures", health.failures},
          {"last", health.last}};
}

RecordedHealth read_health(const Json& health, const std::string& name) {
  return {value_of<std::string>(health, "state", name), value_of<unsigned>(health, "checks", name),
          value_of<unsigned>(health, "failures", name), value_of<std::string>(health, "last", name)};
}

std::optional<RecordedContainer> read_container(const Json& run, const std::string& name) {
  if (!run.contains("mounts")) return std::nullopt;
  RecordedContainer container;
  for (const auto& item : value_of<Json>(run, "mounts", name)) {
    container.mounts.push_back({value_of<std::string>(item, "source", name),
                                value_of<std::string>(item, "destination", name),
                                value_of<bool>(item, "read_only", name)});
  }
  container.user = value_of<std::string>(run, "user", name);
  container.shm_size = optional_value_of<std::uint64_t>(run, "shm_size", name);
  container.read_only = value_of<bool>(run, "read_only", name);
  read_limits(run, name, container);
  return container;
}

}  // namespace

Json to_json(const RunRecord& record, bool with_log) {
  Json environment = Json::object();
  for (const auto& [name, value] : record.environment)
    environment[name] = value;
  Json source = nullptr;
  if (record.source) {
    source = {{"commit", record.source->commit},
              {"dirty", record.source->dirty},
              {"diff", record.source->dirty ? Json(record.source->diff.hex()) : Json(nullptr)},
              {"remote", record.source->remote}};
  }
  Json run = {{"id", record.id},
              {"name", record.name},
              {"lock_id", record.lock_id},
              {"image", record.image},
              {"command", record.command},
              {"environment", environment},
              {"workdir", record.workdir},
              {"network", record.network},
              {"determinism", record.determinism},
              {"source", source},
              {"host",
               {{"kernel", record.host.kernel},
                {"machine", record.host.machine},
                {"cpu", record.host.cpu},
                {"cpus", record.host.cpus},
                {"memory", record.host.memory},
                {"runtime", record.host.runtime}}},
              {"started", record.started},
              {"seconds", record.seconds},
              {"exit_status", record.exit_status ? Json(*record.exit_status) : Json(nullptr)},
              {"inputs", files_json(record.inputs)},
              {"outputs", files_json(record.outputs)},
              {"missing_outputs", record.missing_outputs}};
  if (record.container) container_json(*record.container, run);
  if (!record.unlocked_inputs.empty()) run["unlocked_inputs"] = files_json(record.unlocked_inputs);
  if (record.health) run["health"] = health_json(*record.health);
  if (with_log) run["log"] = record.log;
  return {{"kind", "run"}, {"version", 1}, {"run", run}};
}

RunRecord parse_run_record(const Json& document, const std::string& name) {
  if (!document.is_object() || document.value("kind", "") != "run") refuse(name, "its kind is not \"run\"");
  if (value_of<int>(document, "version", name) != 1) refuse(name, "its version is not 1");
  const Json run = value_of<Json>(document, "run", name);
  if (!run.is_object()) refuse(name, "run is no object");
  RunRecord record;
  record.id = value_of<std::string>(run, "id", name);
  record.name = value_of<std::string>(run, "name", name);
  record.lock_id = value_of<std::string>(run, "lock_id", name);
  record.image = value_of<std::string>(run, "image", name);
  record.command = value_of<std::vector<std::string>>(run, "command", name);
  const Json environment = value_of<Json>(run, "environment", name);
  for (const auto& [variable, value] : environment.items()) {
    if (!value.is_string()) refuse(name, "environment." + variable + " is no string");
    record.environment.emplace_back(variable, value.get<std::string>());
  }
  record.workdir = value_of<std::string>(run, "workdir", name);
  record.network = value_of<std::string>(run, "network", name);
  record.determinism = value_of<std::string>(run, "determinism", name);
  record.container = read_container(run, name);
  if (const Json source = value_of<Json>(run, "source", name); source.is_object()) {
    RecordedSource state;
    state.commit = value_of<std::string>(source, "commit", name);
    state.dirty = value_of<bool>(source, "dirty", name);
    if (state.dirty)
      state.diff = Sha256::parse(value_of<std::string>(source, "diff", name)).value_or(Sha256());
    state.remote = value_of<std::string>(source, "remote", name);
    record.source = state;
  }
  const Json host = value_of<Json>(run, "host", name);
  record.host = {value_of<std::string>(host, "kernel", name),   value_of<std::string>(host, "machine", name),
                 value_of<std::string>(host, "cpu", name),      value_of<unsigned>(host, "cpus", name),
                 value_of<std::uint64_t>(host, "memory", name), value_of<std::string>(host, "runtime", name)};
  record.started = value_of<std::string>(run, "started", name);
  record.seconds = value_of<double>(run, "seconds", name);
  record.exit_status = optional_value_of<int>(run, "exit_status", name);
  record.inputs = read_files(run, "inputs", name);
  if (run.contains("unlocked_inputs"))
    record.unlocked_inputs = read_files(run, "unlocked_inputs", name, Where::anywhere);
  if (run.contains("health")) record.health = read_health(value_of<Json>(run, "health", name), name);
  record.outputs = read_files(run, "outputs", name);
  record.missing_outputs = value_of<std::vector<std::string>>(run, "missing_outputs", name);
  record.log = run.value("log", "");
  return record;
}

}  // namespace mlrepro
