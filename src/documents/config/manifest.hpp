// mlrepro.toml, as a value. Keys and defaults: man/mlrepro.toml.5 and schemas/manifest.schema.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "codec/json.hpp"
#include "documents/config/os_config.hpp"
#include "documents/config/python_config.hpp"

namespace mlrepro {

struct MountConfig {  // "SRC:DST[:ro]", docker's form
  std::string source;
  std::string destination;
  bool read_only = false;
};

struct HealthConfig {                // [run.healthcheck], docker's names
  std::vector<std::string> command;  // run in the container; exit status 0 is healthy
  double interval = 30;              // seconds between the end of one check and the begin of the next
  double timeout = 30;               // seconds after which a check has failed
  double start_period = 0;           // seconds in which a failure does not count
  unsigned retries = 3;              // so many failures in a row are unhealthy
};

struct RunConfig {
  std::vector<std::string> command;
  std::string workdir;  // empty: the first mount's destination, else "/"
  std::vector<MountConfig> mounts;
  std::vector<std::pair<std::string, std::string>> environment;  // sorted by name
  std::string network = "none";                                  // none | host
  std::string determinism = "off";                               // off | warn | strict
  std::optional<HealthConfig> health;
};

struct BuildConfig {
  bool check_imports = true;              // whether a build tries to import the requested Python packages
  std::vector<std::string> imports_only;  // normalised names: these alone; empty: all requested ones
  double import_timeout = 120;            // seconds for one package
};

struct OutputsConfig {
  std::vector<std::string> paths;  // globs below the manifest's folder: `*` within a name, `**` across
  std::string default_tolerance = "bitwise";
};

struct Manifest {
  std::filesystem::path folder;  // where mlrepro.toml lies; relative paths start here
  std::string project_name;
  std::vector<std::string> platforms = {"linux/amd64"};  // each a target; sorted, each once
  std::optional<UnixTime> exclude_newer;
  bool exclude_newer_than_pins = false;  // exclude-newer = "pins": the time of the youngest exact pin
  std::optional<OsConfig> os;
  std::optional<PythonConfig> python;
  BuildConfig build;
  RunConfig run;
  std::vector<std::string> data;  // [[data]] path
  OutputsConfig outputs;

  // What the lock's `inputs` section holds: every key that decides the lock, defaults filled in, lists whose
  // order means nothing sorted, no path of the machine; [build], [run] and [outputs] are not in it, since
  // they move no pin.
  [[nodiscard]] Json normalised() const;
};

// Reads the file. An unknown key, a wrong type or a value outside its set is Error(input) with file, line and
// the nearest known key.
[[nodiscard]] Manifest read_manifest(const std::filesystem::path& file);
[[nodiscard]] Manifest parse_manifest(std::string_view text, const std::string& name,
                                      const std::filesystem::path& folder);

// "SRC:DST[:ro|:rw]", docker's form: neither part holds a colon; the destination is absolute, is made normal
// ("/a/../b/" is "/b") and is not the root. Absent where it is not of that form.
[[nodiscard]] std::optional<MountConfig> parse_mount(std::string_view text);

// A length of time as docker writes it, in seconds: "30s", "1m30s", "500ms", "2h". Absent where it is none.
[[nodiscard]] std::optional<double> parse_duration(std::string_view text);

// mlrepro.toml in `start` or the nearest parent that has one. Error(input, "no-manifest") where there is
// none.
[[nodiscard]] std::filesystem::path find_manifest(const std::filesystem::path& start);

}  // namespace mlrepro
