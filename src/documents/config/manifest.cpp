#include "documents/config/manifest.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "documents/config/table_reader.hpp"
#include "standards/python/name.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// Records name files by paths below the project, so that they mean the same on another machine.
bool leaves_project(const fs::path& path) {
  return path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end();
}

const std::set<std::string> known_platforms{"linux/amd64", "linux/arm64"};

class ManifestParser {
 public:
  ManifestParser(const TomlDocument& document, std::string file, fs::path folder)
      : document_(document), file_(std::move(file)) {
    manifest_.folder = std::move(folder);
  }

  Manifest parse() {
    TableReader top(document_, document_.value, "", file_);
    if (const auto at = top.table("project")) project(reader(*at));
    if (const auto at = top.table("environment")) environment(reader(*at));
    const auto below = [this](const auto& at) { return reader(at); };
    if (const auto at = top.table("os")) manifest_.os = read_os_config(reader(*at), below, manifest_.folder);
    if (const auto at = top.table("python"))
      manifest_.python = read_python_config(reader(*at), below, manifest_.folder);
    if (const auto at = top.table("build")) build(reader(*at));
    if (const auto at = top.table("run")) run(reader(*at));
    for (const auto& at : top.tables("data"))
      data(reader(at));
    if (const auto at = top.table("outputs")) outputs(reader(*at));
    top.finish();
    if (manifest_.project_name.empty()) manifest_.project_name = manifest_.folder.filename().string();
    if (!manifest_.os && !manifest_.python) {
      throw Error(ErrorKind::input, "empty-manifest", file_ + ": neither [os] nor [python] is there",
                  "say what the environment needs, for example [os] suite = \"bookworm\"");
    }
    if (manifest_.python && manifest_.os && !manifest_.python->versions.empty()) {
      throw Error(ErrorKind::input, "bad-value",
                  file_ + ": python.versions names several interpreters, and an image of [os] has one",
                  "name that one in python.version, or leave [os] out");
    }
    if (manifest_.python && !manifest_.os && !manifest_.python->version &&
        manifest_.python->versions.empty()) {
      throw Error(ErrorKind::input, "no-interpreter",
                  file_ + ": [python] without [os] needs version = \"3.N\"",
                  "add [os] with python3 among its packages, or name the interpreter's version");
    }
    return std::move(manifest_);
  }

 private:
  TableReader reader(const std::pair<const Json*, std::string>& at) const {
    return {document_, *at.first, at.second, file_};
  }

  void project(TableReader table) {
    manifest_.project_name = table.text("name").value_or("");
    table.finish();
  }

  void environment(TableReader table) {
    const auto platforms = table.texts("platforms");
    if (!platforms.empty()) manifest_.platforms = platforms;
    for (const auto& platform : platforms) {
      if (known_platforms.contains(platform)) continue;
      const std::vector<std::string> known(known_platforms.begin(), known_platforms.end());
      const auto near = nearest(platform, known);
      table.refuse("platforms", "bad-value",
                   "environment.platforms has \"" + platform + "\"; known are linux/amd64 and linux/arm64",
                   near ? "did you mean \"" + *near + "\"?" : "");
    }
    sort_unique(manifest_.platforms);
    const auto cut = table.text("exclude-newer");
    manifest_.exclude_newer_than_pins = cut == "pins";
    if (cut && cut != "pins") {
      manifest_.exclude_newer = parse_rfc3339(*cut);
      if (!manifest_.exclude_newer) {
        table.refuse("exclude-newer", "bad-value",
                     "environment.exclude-newer = \"" + *cut + "\" is not an RFC 3339 time",
                     "write it as \"2026-11-01T00:00:00Z\", or \"pins\"");
      }
    }
    table.finish();
  }

  void build(TableReader table) {
    BuildConfig& build = manifest_.build;
    const std::vector<std::string> absent{"*"};
    build.imports_only = absent;
    const auto flag = table.flag_or_texts("check-imports", build.imports_only);
    build.check_imports = flag.value_or(!build.imports_only.empty());
    if (build.imports_only == absent) build.imports_only.clear();
    for (auto& name : build.imports_only) {
      if (!python::is_valid_name(name)) {
        table.refuse("check-imports", "bad-value",
                     "build.check-imports has \"" + name + "\", which names no Python package");
      }
      name = python::normalise_name(name);
    }
    sort_unique(build.imports_only);
    if (const auto seconds = table.integer("import-timeout")) {
      if (*seconds < 1 || *seconds > 86400)
        table.refuse("import-timeout", "bad-value", "build.import-timeout is not from 1 to 86400 seconds");
      build.import_timeout = static_cast<double>(*seconds);
    }
    table.finish();
  }

  void run(TableReader table) {
    RunConfig& run = manifest_.run;
    run.command = table.texts("command");
    if (!run.command.empty() && run.command.front().empty())
      table.refuse("command", "bad-value", "run.command names no program");
    run.workdir = table.text("workdir").value_or("");
    if (!run.workdir.empty() && !run.workdir.starts_with('/')) {
      table.refuse("workdir", "bad-value", "run.workdir = \"" + run.workdir + "\" is not absolute",
                   "it is a folder inside the environment: \"/" + run.workdir + "\"");
    }
    for (const auto& text : table.texts("mounts")) {
      const auto mount = parse_mount(text);
      if (!mount) {
        table.refuse("mounts", "bad-value", "the mount \"" + text + "\" is not SOURCE:DESTINATION[:ro]",
                     "the destination is absolute: \"./data:/app/data:ro\"");
      }
      for (const auto& earlier : run.mounts) {
        if (earlier.destination == mount->destination)
          table.refuse("mounts", "bad-value", "two mounts want " + mount->destination);
      }
      run.mounts.push_back(*mount);
    }
    run.environment = table.text_table("env");
    for (const auto& [name, value] : run.environment) {
      if (name.empty() || name.find('=') != std::string::npos)
        table.refuse("env", "bad-value", "run.env has \"" + name + "\", which is no name of a variable");
    }
    run.network = table.choice("network", {"none", "host"}, "none");
    run.determinism = table.choice("determinism", {"off", "warn", "strict"}, "off");
    if (const auto at = table.table("healthcheck")) run.health = health(reader(*at));
    table.finish();
  }

  static HealthConfig health(TableReader table) {
    HealthConfig health;
    health.command = table.text_or_texts("command");
    if (health.command.empty() || health.command.front().empty())
      table.refuse("command", "missing-key", table.place("command") + " names no command");
    // docker's rule: one text is for the shell.
    if (health.command.size() == 1 && health.command.front().find_first_of(" \t") != std::string::npos)
      health.command = {"/bin/sh", "-c", health.command.front()};
    const auto seconds = [&](const char* key, double& into, bool zero) {
      const auto text = table.text(key);
      if (!text) return;
      const auto value = parse_duration(*text);
      if (!value || (*value == 0 && !zero)) {
        table.refuse(key, "bad-value", table.place(key) + " = \"" + *text + "\" is no length of time",
                     "for example \"30s\" or \"1m30s\"");
      }
      into = *value;
    };
    seconds("interval", health.interval, false);
    seconds("timeout", health.timeout, false);
    seconds("start-period", health.start_period, true);
    if (const auto retries = table.integer("retries")) {
      if (*retries < 1 || *retries > 1000)
        table.refuse("retries", "bad-value", table.place("retries") + " is not from 1 to 1000");
      health.retries = static_cast<unsigned>(*retries);
    }
    table.finish();
    return health;
  }

  void data(TableReader table) {
    const auto path = table.text("path");
    if (!path || path->empty()) table.refuse("path", "missing-key", table.place("path") + " is missing");
    if (leaves_project(*path)) {
      table.refuse("path", "bad-value", "the data set \"" + *path + "\" is not below the manifest's folder",
                   "put a link there: ln -s " + *path + " data");
    }
    manifest_.data.push_back(*path);
    table.finish();
  }

  void outputs(TableReader table) {
    manifest_.outputs.paths = table.texts("paths");
    for (const auto& pattern : manifest_.outputs.paths) {
      if (pattern.empty() || leaves_project(pattern)) {
        table.refuse("paths", "bad-value",
                     "the output \"" + pattern + "\" is not below the manifest's folder",
                     "write what the run leaves below it, for example \"output/**\"");
      }
    }
    for (const auto& [pattern, spec] : table.text_table("tolerance")) {
      if (pattern != "default" || spec != "bitwise") {
        table.refuse("tolerance", "bad-value", "outputs.tolerance can be { default = \"bitwise\" } only");
      }
      manifest_.outputs.default_tolerance = spec;
    }
    table.finish();
  }

  const TomlDocument& document_;
  std::string file_;
  Manifest manifest_;
};

}  // namespace

std::optional<MountConfig> parse_mount(std::string_view text) {
  MountConfig mount;
  if (text.ends_with(":ro")) {
    mount.read_only = true;
    text.remove_suffix(3);
  } else if (text.ends_with(":rw")) {
    text.remove_suffix(3);
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  mount.source = text.substr(0, colon);
  const std::string_view destination = text.substr(colon + 1);
  // docker's form cannot name a path with a colon in it.
  if (!destination.starts_with('/') || destination.find(':') != std::string_view::npos) return std::nullopt;
  mount.destination = fs::path(destination).lexically_normal().string();
  while (mount.destination.size() > 1 && mount.destination.ends_with('/'))
    mount.destination.pop_back();
  if (mount.destination == "/" || mount.destination == "//") return std::nullopt;
  return mount;
}

std::optional<double> parse_duration(std::string_view text) {
  double seconds = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto digits = text.find_first_not_of("0123456789");
    const auto number = parse_number(text.substr(0, digits));
    if (!number || digits == std::string_view::npos || *number > 1'000'000'000) return std::nullopt;
    text.remove_prefix(digits);
    const auto end = std::min(text.find_first_of("0123456789"), text.size());
    const std::string_view unit = text.substr(0, end);
    const double factor = unit == "ms" ? 0.001 : unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
    if (factor == 0) return std::nullopt;
    seconds += factor * static_cast<double>(*number);
    text.remove_prefix(end);
  }
  return seconds;
}

Manifest parse_manifest(std::string_view text, const std::string& name, const fs::path& folder) {
  const TomlDocument document = parse_toml(text, name);
  return ManifestParser(document, name, folder).parse();
}

Manifest read_manifest(const fs::path& file) {
  const fs::path absolute = fs::absolute(file).lexically_normal();
  return parse_manifest(read_file(absolute, 16U << 20), file.filename().string(), absolute.parent_path());
}

fs::path find_manifest(const fs::path& start) {
  for (fs::path folder = fs::absolute(start).lexically_normal();; folder = folder.parent_path()) {
    std::error_code ignored;
    if (fs::is_regular_file(folder / "mlrepro.toml", ignored)) return folder / "mlrepro.toml";
    if (folder == folder.parent_path()) break;
  }
  throw Error(ErrorKind::input, "no-manifest", "no mlrepro.toml here or in a parent folder",
              "write one (man 5 mlrepro.toml), or name it with --manifest");
}

}  // namespace mlrepro
