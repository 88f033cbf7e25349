#include "documents/config/manifest.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "documents/config/direct_line.hpp"
#include "documents/config/pylock_file.hpp"
#include "documents/config/pyproject.hpp"
#include "documents/config/requirements_file.hpp"
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
    if (const auto at = top.table("os")) {
      manifest_.os = read_os_config(
          reader(*at), [this](const auto& below) { return reader(below); }, manifest_.folder);
    }
    if (const auto at = top.table("python")) python(reader(*at));
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

  template <typename Item>
  static void append(std::vector<Item>& list, std::vector<Item> more) {
    list.insert(list.end(), more.begin(), more.end());
  }

  [[nodiscard]] std::vector<std::string> direct_lines(std::vector<std::string> lines,
                                                      const fs::path& from) const {
    for (auto& line : lines)
      line = direct_line(line, from, manifest_.folder);
    return lines;
  }

  // What the requirements files say of the choice as a whole.
  struct FileWishes {
    bool prereleases = false;
    std::optional<std::string> index;
  };

  void python(TableReader table) {
    PythonConfig python;
    python.requirements = direct_lines(table.texts("requirements"), manifest_.folder);
    python.files = table.texts("files");
    python.constraints = direct_lines(table.texts("constraints"), manifest_.folder);
    const PylockWish wish{table.texts("extras"), table.texts("groups"),
                          table.path_or_flag("pyproject", "pyproject.toml").has_value()};
    FileWishes files;
    for (const auto& file : python.files) {
      if (is_pylock_name(fs::path(file).filename().string())) {
        pylock(file, wish, python);
      } else {
        requirements_file(file, python, files);
      }
    }
    python.overrides = direct_lines(table.texts("overrides"), manifest_.folder);
    for (const auto& place : table.texts("find-links"))
      python.find_links.push_back(direct_place(place, manifest_.folder, manifest_.folder));
    builds(table, python);
    pyproject(table, python);
    python.version = table.text("version");
    interpreters(table, python);
    python.prereleases = table.choice("prereleases", {"never", "explicit", "stable-first", "allow"},
                                      files.prereleases ? "allow" : "stable-first");
    for (const auto& at : table.tables("index"))
      python.indexes.push_back(python_index(at));
    if (!python.indexes.empty()) {
      python.extra_indexes.clear();
    } else if (files.index) {
      python.indexes.push_back({std::string(pypi_name), std::move(*files.index)});
    }
    table.finish();
    manifest_.python = std::move(python);
  }

  void requirements_file(const std::string& file, PythonConfig& python, FileWishes& wishes) const {
    RequirementsFile read = read_requirements_file(manifest_.folder / file);
    const fs::path from = (manifest_.folder / file).parent_path();
    append(python.requirements, direct_lines(read.requirements, from));
    append(python.constraints, direct_lines(read.constraints, from));
    for (const auto& place : read.find_links)
      python.find_links.push_back(direct_place(place, from, manifest_.folder));
    allow(std::move(read.hashes), python);
    if (read.index_url) wishes.index = read.index_url;
    for (auto& url : read.extra_index_urls) {
      const std::string name = "extra-" + std::to_string(python.extra_indexes.size() + 1);
      python.extra_indexes.push_back({name, std::move(url)});
    }
    wishes.prereleases = wishes.prereleases || read.prereleases;
    append(python.no_build, std::move(read.only_binary));
    append(python.no_binary, std::move(read.no_binary));
  }

  [[nodiscard]] PythonIndexConfig python_index(const std::pair<const Json*, std::string>& at) const {
    TableReader entry = reader(at);
    PythonIndexConfig index;
    index.name = entry.text("name").value_or("");
    index.url = entry.text("url").value_or("");
    if (index.url.empty()) entry.refuse("url", "missing-key", at.second + ".url is missing");
    if (index.name.empty()) entry.refuse("name", "missing-key", at.second + ".name is missing");
    for (const auto& name : entry.texts("packages"))
      index.packages.push_back(name.ends_with('*') ? to_lower(name) : python::normalise_name(name));
    index.only_named = entry.flag("explicit").value_or(false);
    if (index.only_named && index.packages.empty())
      entry.refuse("explicit", "missing-key", at.second + " is explicit, but names no packages",
                   "for example packages = [\"torch\", \"nvidia-*\"]");
    entry.finish();
    return index;
  }

  static void allow(std::map<std::string, std::vector<Sha256>> hashes, PythonConfig& python) {
    for (auto& [name, digests] : hashes)
      append(python.hashes[name], std::move(digests));
  }

  void pylock(const std::string& file, const PylockWish& wish, PythonConfig& python) const {
    PylockFile read = read_pylock(manifest_.folder / file, fs::path(file).parent_path(), wish);
    append(python.requirements, std::move(read.requirements));
    allow(std::move(read.hashes), python);
    python.pylocks.push_back({file, std::move(read.environments), std::move(read.requires_python)});
    append(python.warnings, std::move(read.warnings));
  }

  // Each a target of its own, so each has a minor version of its own.
  static void interpreters(TableReader& table, PythonConfig& python) {
    python.versions = table.texts("versions");
    if (python.versions.empty()) return;
    if (python.version)
      table.refuse("versions", "bad-value", "python.version and python.versions exclude each other");
    std::map<std::pair<unsigned long long, unsigned long long>, std::string> by_minor;
    for (const auto& version : python.versions) {
      const auto pieces = split(version, '.');
      const auto major = parse_number(pieces[0]);
      const auto minor = pieces.size() < 2 ? std::nullopt : parse_number(pieces[1]);
      if (!major || !minor) {
        table.refuse("versions", "bad-value",
                     "python.versions has \"" + version + "\", which is no version of Python",
                     "for example versions = [\"3.11\", \"3.12\"]");
      }
      if (!by_minor.emplace(std::pair(*major, *minor), version).second) {
        table.refuse("versions", "bad-value",
                     "python.versions has " + version + " and " + by_minor[{*major, *minor}] +
                         ", which take the same wheels");
      }
    }
    python.versions.clear();
    for (auto& [minor, version] : by_minor)
      python.versions.push_back(std::move(version));
    if (python.versions.size() > 1) return;
    python.version = python.versions.front();
    python.versions.clear();
  }

  static void builds(TableReader& table, PythonConfig& python) {
    const auto add = [&](const char* key, std::vector<std::string>& names) {
      for (const auto& name : table.texts(key)) {
        if (name != ":all:" && !python::is_valid_name(name))
          table.refuse(key, "bad-value",
                       std::string("python.") + key + " has \"" + name + "\", which is no name",
                       "name packages, or \":all:\"");
        names.push_back(name == ":all:" ? name : python::normalise_name(name));
      }
      sort_unique(names);
    };
    add("no-build", python.no_build);
    add("no-binary", python.no_binary);
    for (const auto& name : python.no_build) {
      if (std::binary_search(python.no_binary.begin(), python.no_binary.end(), name))
        table.refuse("no-build", "bad-value",
                     "\"" + name + "\" is under python.no-build and python.no-binary",
                     "neither a wheel nor a source could be taken for it: leave it in one of them");
    }
  }

  void pyproject(TableReader& table, PythonConfig& python) const {
    const auto named = table.path_or_flag("pyproject", "pyproject.toml");
    const PyprojectWish wish{table.texts("extras"), table.texts("groups")};
    const bool more = !wish.extras.empty() || !wish.groups.empty();
    if (!named && more && python.pylocks.empty()) {
      table.refuse(
          wish.extras.empty() ? "groups" : "extras", "missing-key",
          "python.extras and python.groups are of pyproject.toml, which is not read, or of pylock.toml",
          "add pyproject = true");
    }
    if (!named) return;
    Pyproject read = read_pyproject(manifest_.folder / *named, wish);
    append(python.requirements, direct_lines(read.requirements, (manifest_.folder / *named).parent_path()));
    python.requires_python = std::move(read.requires_python);
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
    table.finish();
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
