#include "standards/oci/runtime_spec.hpp"

#include <cmath>

#include "standards/oci/seccomp_profile.hpp"

namespace mlrepro::oci {
namespace {

// docker's default set (moby, oci/caps/defaults.go).
const std::vector<std::string>& capability_names() {
  static const std::vector<std::string> names{
      "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",     "CAP_MKNOD",
      "CAP_NET_RAW", "CAP_SETGID",       "CAP_SETUID",           "CAP_SETFCAP",    "CAP_SETPCAP",
      "CAP_KILL",    "CAP_SYS_CHROOT",   "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE"};
  return names;
}

Json capabilities(std::uint32_t uid) {
  const Json none = Json::array();
  const Json set = capability_names();
  const Json& in_effect = uid == 0 ? set : none;
  return {{"bounding", set}, {"effective", in_effect}, {"permitted", in_effect}};
}

Json mount(const std::string& destination, const std::string& type, const std::string& source,
           const std::vector<std::string>& options) {
  return {{"destination", destination}, {"type", type}, {"source", source}, {"options", options}};
}

Json mounts(const RuntimeSpec& spec) {
  std::vector<std::string> pts{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
  // Group tty may have no place in a user namespace's map.
  if (!spec.in_user_namespace) pts.emplace_back("gid=5");
  Json list = Json::array();
  list.push_back(mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}));
  list.push_back(mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
  list.push_back(mount("/dev/pts", "devpts", "devpts", pts));
  list.push_back(mount("/dev/shm", "tmpfs", "shm",
                       {"nosuid", "noexec", "nodev", "mode=1777", "size=" + std::to_string(spec.shm_size)}));
  list.push_back(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
  if (spec.host_network && spec.in_user_namespace) {
    list.push_back(mount("/sys", "none", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"}));
  } else {
    list.push_back(mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}));
  }
  list.push_back(mount("/tmp", "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=1777"}));
  list.push_back(mount("/run", "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=755"}));
  // Bound, not made: a user namespace may make none.
  for (const auto& device : spec.devices)
    list.push_back(mount(device.destination, "bind", device.source, {"bind", "rw", "nosuid", "noexec"}));
  for (const auto& bind : spec.mounts) {
    list.push_back(
        mount(bind.destination, "bind", bind.source, {"rbind", "rprivate", bind.read_only ? "ro" : "rw"}));
  }
  return list;
}

Json process_limits(const RuntimeSpec& spec) {
  Json list = Json::array();
  for (const auto& limit : spec.limits)
    list.push_back({{"type", limit.type}, {"soft", limit.soft}, {"hard", limit.hard}});
  return list;
}

// What control groups keep to; a period of 100 ms is the kernel's and docker's.
Json resources(const RuntimeSpec& spec) {
  Json limits = Json::object();
  if (spec.memory) limits["memory"] = {{"limit", *spec.memory}};
  constexpr std::uint64_t period = 100'000;  // microseconds
  if (spec.cpus) {
    limits["cpu"] = {{"period", period}, {"quota", std::llround(*spec.cpus * static_cast<double>(period))}};
  }
  if (!spec.devices.empty()) {
    // Runtimes add those that every container has.
    Json rules = Json::array({{{"allow", false}, {"access", "rwm"}}});
    for (const auto& device : spec.devices) {
      rules.push_back({{"allow", true},
                       {"type", "c"},
                       {"major", device.major},
                       {"minor", device.minor},
                       {"access", "rw"}});
    }
    limits["devices"] = rules;
  }
  return limits;
}

}  // namespace

Json to_json(const RuntimeSpec& spec) {
  Json environment = Json::array();
  for (const auto& [name, value] : spec.environment)
    environment.push_back(name + "=" + value);
  Json namespaces = Json::array();
  for (const char* type : {"pid", "mount", "ipc", "uts"})
    namespaces.push_back({{"type", type}});
  if (!spec.host_network && !spec.joined_network) namespaces.push_back({{"type", "network"}});
  Json config = {
      {"ociVersion", "1.0.2"},
      {"process",
       {{"terminal", spec.terminal},
        {"user", {{"uid", spec.uid}, {"gid", spec.gid}}},
        {"args", spec.arguments},
        {"env", environment},
        {"cwd", spec.workdir},
        {"capabilities", capabilities(spec.uid)},
        {"noNewPrivileges", true}}},
      {"root", {{"path", spec.root}, {"readonly", spec.read_only}}},
      {"hostname", "mlrepro"},
      {"mounts", mounts(spec)},
      {"linux",
       {{"namespaces", namespaces},
        {"maskedPaths",
         {"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
          "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
          "/sys/devices/virtual/powercap", "/sys/firmware"}},
        {"readonlyPaths", {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}},
        {"seccomp", seccomp_profile(capability_names(), spec.machine)}}}};
  if (spec.terminal && spec.rows != 0)
    config["process"]["consoleSize"] = {{"height", spec.rows}, {"width", spec.columns}};
  if (!spec.limits.empty()) config["process"]["rlimits"] = process_limits(spec);
  if (spec.memory || spec.cpus || !spec.devices.empty()) config["linux"]["resources"] = resources(spec);
  return config;
}

}  // namespace mlrepro::oci
