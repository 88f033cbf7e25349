// --gpus: what of this machine a run is given to use its GPUs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace mlrepro {

struct GpuChoice {
  bool all = false;
  std::vector<std::string> devices;  // "0", "GPU-...", "0:1"; empty and not all: none

  [[nodiscard]] bool any() const { return all || !devices.empty(); }
};

// "all", "none", "" (none), or "device=0,1" with quotes around it as docker has it. Throws Error(input,
// "bad-gpus").
[[nodiscard]] GpuChoice parse_gpus(const std::string& text);

struct HostPath {
  std::filesystem::path host;
  std::string container;
};

// What the machine has for the devices chosen. Names that end alike stand once.
struct GpuDevices {
  std::vector<HostPath> nodes;                   // device nodes
  std::vector<std::filesystem::path> libraries;  // of the driver, files
  std::vector<std::filesystem::path> programs;   // as nvidia-smi
  std::vector<HostPath> others;                  // what a specification names beside: configuration, firmware
  std::vector<std::pair<std::string, std::string>> links;  // target, name of a link beside the libraries
  std::vector<std::pair<std::string, std::string>> environment;
  std::size_t hooks = 0;  // that the specification has, and nobody runs
};

// From the CDI specifications of nvidia.com/gpu in /etc/cdi and /var/run/cdi (MLREPRO_CDI_DIR: in that
// folder) where there are any; else by looking for device nodes and driver as nvidia-container-toolkit does,
// below MLREPRO_DRIVER_ROOT. Throws Error(surroundings, "no-gpu") with what was looked for,
// Error(surroundings, "gpu-driver") for a driver whose libraries and kernel module differ, Error(input,
// "bad-cdi"|"bad-yaml"| "bad-json") for a specification that cannot be used.
[[nodiscard]] GpuDevices find_gpu_devices(const GpuChoice& choice);

// The second way alone, below `root`; `looked` is what had been looked for in vain before.
[[nodiscard]] GpuDevices discover_gpu_devices(const GpuChoice& choice, const std::filesystem::path& root,
                                              const std::string& looked);

}  // namespace mlrepro
