// config.json of an OCI runtime bundle: OCI runtime-spec 1.0.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/json.hpp"

namespace mlrepro::oci {

struct BindMount {
  std::string source;       // on the host, absolute
  std::string destination;  // in the container, absolute
  bool read_only = false;
};

struct DeviceNode {
  std::string source;       // on the host, a character device
  std::string destination;  // below /dev
  unsigned major = 0;
  unsigned minor = 0;
};

constexpr std::uint64_t no_limit = ~std::uint64_t{0};

struct ProcessLimit {
  std::string type;  // "RLIMIT_NOFILE"
  std::uint64_t soft = no_limit;
  std::uint64_t hard = no_limit;
};

struct RuntimeSpec {
  std::string root = "rootfs";  // relative to the bundle
  bool read_only = false;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string workdir = "/";
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool terminal = false;
  std::uint16_t rows = 0;  // of the terminal; 0: not known
  std::uint16_t columns = 0;
  bool host_network = false;
  bool joined_network = false;     // the runtime is started in the network namespace that is meant
  std::string machine;             // as uname(2) names it
  bool in_user_namespace = false;  // we are root of a user namespace only: no device group, no fresh sysfs
                                   // beside the host's network
  std::uint64_t shm_size = std::uint64_t{64} << 20;  // bytes; docker's default
  std::vector<BindMount> mounts;
  std::vector<DeviceNode> devices;  // beside the usual ones
  std::vector<ProcessLimit> limits;
  std::optional<std::uint64_t> memory;  // bytes
  std::optional<double> cpus;           // 1.5: one and a half
};

// Namespaces pid, mount, ipc, uts and, without host_network or joined_network, network; docker's default
// capabilities (none are in effect for another user than root), masked and read-only paths and filter of
// system calls; no new privileges; host name "mlrepro"; cgroup settings only for memory and cpus.
[[nodiscard]] Json to_json(const RuntimeSpec& spec);

}  // namespace mlrepro::oci
