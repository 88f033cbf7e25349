// crun and runc, the OCI runtimes, and bubblewrap: which of them starts a container here, and how it must be
// called.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/container/private_network.hpp"
#include "codec/json.hpp"

namespace mlrepro {

struct ContainerRuntime {
  std::string program;               // "crun", "runc", "bwrap" or a path
  std::vector<std::string> options;  // before the subcommand: "--cgroup-manager=disabled"
  bool own_cgroup_mount = false;     // needs cgroup2 over /sys/fs/cgroup in a private mount namespace
  std::string version;               // "crun 1.8.1": for records
  bool bubblewrap = false;           // no OCI runtime: see bubblewrap.hpp
};

struct RuntimeWish {
  std::string program;   // the only one to try; empty: MLREPRO_OCI_RUNTIME, else any
  bool cgroups = false;  // one that keeps a container in control groups
  bool enters = false;   // one that can start further processes in a container: no bubblewrap
};

// What a container is started with. Its root file system is `lower` under a scratch layer in memory that ends
// with it; everything is mounted in a private mount namespace, so that nothing stays behind a kill.
struct ContainerStart {
  std::filesystem::path lower;
  std::filesystem::path state;  // a folder of ours for bundles and the runtime's own state
  std::string id;
  Json config;                            // config.json; its root.path is "rootfs"
  bool inherit_input = false;             // else /dev/null
  bool inherit_output = false;            // a terminal: nothing passes through `output`
  std::optional<double> timeout_seconds;  // then SIGTERM, 10 s later SIGKILL
  // Started in a network namespace of its own that has these ports; `config` asks for none then.
  std::optional<std::vector<PublishedPort>> private_network;
  // Called once, when the container stands, with the words that start a further process in it, like its
  // command in environment, user, capabilities and filter. Never for bubblewrap.
  std::function<void(const std::vector<std::string>& prefix)> standing;
  // What it prints, as it comes; `error_stream` tells standard error from standard output.
  std::function<void(std::string_view bytes, bool error_stream)> output;
};

struct ContainerEnd {
  int exit_status = 0;  // 128 + N for signal N
  bool timed_out = false;
  bool interrupted = false;  // a signal came in for it
};

// Runs it to its end. SIGINT, SIGTERM, SIGHUP and SIGQUIT that reach us meanwhile are passed on to it.
// Throws Error(surroundings, "container") where the mounts or the runtime cannot be started, or where the
// runtime ends without a container, with what it said.
[[nodiscard]] ContainerEnd run_container(const ContainerRuntime& runtime, const ContainerStart& start);

// The first of crun (plain; without cgroups), runc and bwrap that runs /bin/true on `lower`; remembered in
// `state` until the program or the boot changes. Throws Error(surroundings, "no-runtime") with what each
// trial said, and the Debian package of what is not installed.
//
// With `cgroups` only those that keep a container in control groups are tried, and remembered apart;
// `trial_config` then has limits in it, which a runtime refuses where it cannot set them. Throws
// Error(surroundings, "no-cgroups").
[[nodiscard]] ContainerRuntime choose_runtime(const std::filesystem::path& lower,
                                              const std::filesystem::path& state, const Json& trial_config,
                                              const RuntimeWish& wish = {});

// Other at each boot; "unknown" where the kernel does not tell.
[[nodiscard]] std::string boot_id();

// Whether we are root of a user namespace and not of the machine.
[[nodiscard]] bool in_user_namespace();

}  // namespace mlrepro
