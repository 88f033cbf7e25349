// How a run gets at the GPUs: the driver's files under one folder of a file system in memory, all of them
// only read, and the device nodes. Nothing of the image's tree is altered, and nothing is run for it.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.hpp"
#include "documents/config/manifest.hpp"
#include "documents/record/run_record.hpp"
#include "services/run/gpu_devices.hpp"

namespace mlrepro {

inline constexpr const char* driver_libraries = "/run/nvidia/lib";  // goes into LD_LIBRARY_PATH
inline constexpr const char* driver_programs = "/run/nvidia/bin";   // goes into PATH, last

struct GpuInjection {
  std::vector<MountConfig> files;  // read-only, `source` is canonical
  std::vector<HostPath> nodes;
  std::vector<std::pair<std::string, std::string>> environment;  // that a specification sets
  std::vector<RecordedFile> unlocked;                            // each file, once, sorted by path
  bool programs = false;
};

// Libraries of another kind of machine are left out; each is there under its own name, its DT_SONAME and the
// links that are known. What would lie over something that `rootfs` has, or over /proc, /sys or /dev, is left
// out with a warning. Hashes are remembered in `state` for as long as a file is not touched. Throws
// Error(surroundings, "no-gpu") for a device that is not there.
[[nodiscard]] GpuInjection inject_gpus(GpuDevices devices, const std::filesystem::path& rootfs,
                                       const std::filesystem::path& state, Progress& progress);

// LD_LIBRARY_PATH and PATH with the driver's folders, once.
[[nodiscard]] std::string with_folder_last(const std::string& list, const std::string& folder);

}  // namespace mlrepro
