// mlrepro.toml, as a value. Keys and defaults: man/mlrepro.toml.5 and schemas/manifest.schema.json.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "codec/digest.hpp"
#include "codec/json.hpp"
#include "documents/config/os_config.hpp"

namespace mlrepro {

// The default index of pip is what packages mean by PyPI, whichever mirror serves it.
inline constexpr std::string_view pypi_name = "pypi";

struct PythonIndexConfig {
  std::string name;
  std::string url;
  // Normalised names, "nvidia-*" for all that begin so: these come from here and from nowhere else.
  std::vector<std::string> packages = {};
  bool only_named = false;  // `explicit`: asked for `packages` alone
};

struct PylockScope {  // what a pylock.toml is for (PEP 751), to be held against each target
  std::string file;
  std::vector<std::string> environments;       // markers, one of which must hold; empty: any
  std::optional<std::string> requires_python;  // version specifiers
};

struct PythonConfig {
  // PEP 508 or as direct_line() gives them (documents/config/direct_line.hpp); those of `files` and
  // pyproject.toml appended.
  std::vector<std::string> requirements;
  std::vector<std::string> files;            // requirements.txt and pylock.toml files as written
  std::optional<std::string> version;        // of the interpreter; with [os], which of its packages it is
  std::vector<std::string> versions;         // of several interpreters, each a target; ascending; else empty
  std::string prereleases = "stable-first";  // never | explicit | stable-first | allow
  std::vector<std::string> constraints;
  std::vector<std::string> find_links;         // URLs of pages, paths of folders and pages: direct_place()
  std::vector<std::string> overrides;          // PEP 508: each stands for every requirement on its package
  std::optional<std::string> requires_python;  // of pyproject.toml
  std::vector<PylockScope> pylocks;            // in the order of `files`
  std::vector<std::string> warnings;           // of the files that were read, for whoever locks
  // Normalised names and ":all:", also of requirements files: what is taken as a wheel alone, and what is
  // built from its source. A name counts before ":all:".
  std::vector<std::string> no_build;
  std::vector<std::string> no_binary;
  // Of requirements files: name -> the only files that may be taken for it.
  std::map<std::string, std::vector<Sha256>> hashes;
  // In order of priority; empty: the machine's own pip configuration.
  std::vector<PythonIndexConfig> indexes;
  // Of requirements files, where the manifest has no indexes: asked before them, as uv does.
  std::vector<PythonIndexConfig> extra_indexes;
};

struct MountConfig {  // "SRC:DST[:ro]", docker's form
  std::string source;
  std::string destination;
  bool read_only = false;
};

struct RunConfig {
  std::vector<std::string> command;
  std::string workdir;  // empty: the first mount's destination, else "/"
  std::vector<MountConfig> mounts;
  std::vector<std::pair<std::string, std::string>> environment;  // sorted by name
  std::string network = "none";                                  // none | host
  std::string determinism = "off";                               // off | warn | strict
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
  RunConfig run;
  std::vector<std::string> data;  // [[data]] path
  OutputsConfig outputs;

  // What the lock's `inputs` section holds: every key that decides the lock, defaults filled in, lists whose
  // order means nothing sorted, no path of the machine; [run] and [outputs] are not in it, since they move no
  // pin.
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

// mlrepro.toml in `start` or the nearest parent that has one. Error(input, "no-manifest") where there is
// none.
[[nodiscard]] std::filesystem::path find_manifest(const std::filesystem::path& start);

}  // namespace mlrepro
