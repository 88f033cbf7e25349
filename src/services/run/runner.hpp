// Runs a command in a realised image and records it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/container/private_network.hpp"
#include "base/progress.hpp"
#include "documents/config/manifest.hpp"
#include "documents/record/run_record.hpp"
#include "services/image/image_builder.hpp"
#include "services/run/resource_limits.hpp"
#include "store/catalog.hpp"

namespace mlrepro {

struct RunRequest {
  const Manifest* manifest = nullptr;
  std::filesystem::path rootfs;
  std::string lock_id;
  std::string image;                 // "sha256:..."
  std::vector<std::string> command;  // not empty
  std::vector<MountConfig> mounts;   // sources relative to manifest->folder, or absolute
  std::vector<std::pair<std::string, std::string>> environment;
  std::string workdir;
  std::string network = "none";      // none | host | private
  std::vector<PublishedPort> ports;  // of a private network, `outside` chosen
  std::string user;                  // "uid[:gid]"; empty: 0:0
  std::string determinism = "off";
  std::optional<double> timeout_seconds;
  std::string name;                          // empty: made from the id
  std::vector<std::string> output_patterns;  // [outputs] paths
  std::vector<std::string> input_paths;      // [[data]]
  bool interactive = false;
  bool terminal = false;
  bool read_only = false;
  std::optional<std::uint64_t> shm_size;  // bytes
  ResourceLimits limits;
  std::optional<HealthConfig> health;  // of the manifest
  std::string runtime;                 // "crun", "runc", "bwrap" or a path; empty: any
  std::string gpus = "none";           // as --gpus has it
  bool quiet = false;                  // replay: the command's output is recorded, not shown
  std::filesystem::path
      output_root;  // replay: declared outputs are looked for here, and mounts with sources below
                    // manifest->folder that hold outputs are served from here; empty: manifest->folder
  std::filesystem::path state;  // a folder of ours for bundles (CACHE/run)
  std::filesystem::path cache;  // what a replay never copies
};

struct RunEnd {
  RunRecord record;
  bool interrupted = false;  // by a signal that was passed on to it
};

// Starts it, passes signals and standard streams through, hashes declared inputs before and declared outputs
// after. The record is written to `catalog` at the start (no exit status) and again at the end, so that a
// kill -9 leaves a row. `catalog` null: --no-record. Throws Error(surroundings, "no-runtime") with what each
// trial said, Error(surroundings, "no-cgroups") where limits are asked for that cannot be set, Error(input,
// "mount-missing") for a source that is not there, and what find_gpu_devices throws.
[[nodiscard]] RunEnd run_in_image(const RunRequest& request, Catalog* catalog, Progress& progress);

}  // namespace mlrepro
