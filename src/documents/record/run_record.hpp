// What is kept of one run. `runs show --json` prints it, `verify --run FILE` reads it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "codec/digest.hpp"
#include "codec/json.hpp"

namespace mlrepro {

struct RecordedFile {
  std::string path;  // relative to the manifest's folder, '/' between names
  std::uint64_t size = 0;
  Sha256 sha256;
};

struct RecordedSource {  // the git checkout that the manifest lies in
  std::string commit;    // 40 hex digits; empty: no commit yet
  bool dirty = false;
  Sha256 diff;  // of the uncommitted change (git's diff against HEAD, untracked files by path and hash); zero
                // where clean
  std::string remote;  // URL of origin without credentials; empty where none
};

struct HostFacts {
  std::string kernel;   // "Linux 6.1.0"
  std::string machine;  // "x86_64"
  std::string cpu;      // model name
  unsigned cpus = 0;
  std::uint64_t memory = 0;  // bytes
  std::string runtime;       // "crun 1.8.1"
};

struct RecordedMount {
  std::string source;       // relative to the manifest's folder where it lies below it ("." is that folder)
  std::string destination;  // absolute, in the container
  bool read_only = false;
};

struct RecordedContainer {  // what of the container its command can see, beside image, network and workdir
  std::vector<RecordedMount> mounts;      // in the order in which they were mounted
  std::string user;                       // "UID[:GID]"; empty: root
  std::optional<std::uint64_t> shm_size;  // bytes; absent: the runtime's own
  bool read_only = false;                 // the root file system
  std::string gpus = "none";              // as --gpus has it
  std::vector<std::string> ports;         // as -p has them: "127.0.0.1:8080:80/udp", in their order
  // Limits of each process as --ulimit has them: "nofile=128:256", -1 is unlimited.
  std::vector<std::string> ulimits;
  std::optional<std::uint64_t> memory;  // bytes at most
  std::optional<double> cpus;           // 1.5: one and a half
};

struct RecordedHealth {
  std::string state;  // "starting", "healthy" or "unhealthy": the last that was known
  unsigned checks = 0;
  unsigned failures = 0;
  std::string last;  // what the last check that failed said; empty: none did
};

struct RunRecord {
  std::string id;       // 32 hex digits, random
  std::string name;     // given with --name, else made from the id; unique in the project
  std::string lock_id;  // "sha256:..."
  std::string image;    // "sha256:..." manifest digest
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> environment;  // as given to the command, sorted
  std::string workdir;
  std::string network;
  std::string determinism;
  std::optional<RecordedContainer> container;  // absent in records of before it was kept
  std::optional<RecordedSource> source;
  HostFacts host;
  std::string started;  // RFC 3339
  double seconds = 0;
  std::optional<int> exit_status;  // absent: it never ended under our eyes (we were killed)
  std::vector<RecordedFile> inputs;
  std::vector<RecordedFile> unlocked_inputs;  // the machine's own files that it was given, such as a GPU
                                              // driver's; `path` is absolute, on the machine
  std::vector<RecordedFile> outputs;
  std::optional<RecordedHealth> health;      // of a run whose manifest has a health check
  std::vector<std::string> missing_outputs;  // declared patterns that matched nothing
  std::string log;  // what it printed, stdout and stderr as they came; the last 16 MiB
};

// {"kind": "run", "version": 1, "run": {...}}; `with_log` adds run.log.
[[nodiscard]] Json to_json(const RunRecord& record, bool with_log);
// Inverse of to_json. Throws Error(input, "bad-record") naming the key.
[[nodiscard]] RunRecord parse_run_record(const Json& document, const std::string& name);

}  // namespace mlrepro
