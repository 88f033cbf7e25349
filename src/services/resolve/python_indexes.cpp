#include <map>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// The default index of pip is what packages mean by PyPI, whichever mirror serves it.
constexpr const char* default_name = "pypi";

// index-url of [install] or [global]; pip's configuration is an ini file (configparser), ':' or '=' between
// key and value.
std::optional<std::string> index_url_of(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  const std::string text = read_file(file, 1U << 20);
  std::map<std::string, std::string> found;
  std::string section;
  for (const auto raw : split(text, '\n')) {
    const auto line = trim(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      section = trim(line.substr(1, line.find(']') - 1));
      continue;
    }
    const auto equals = line.find_first_of("=:");
    if (equals == std::string_view::npos) continue;
    std::string key = to_lower(trim(line.substr(0, equals)));
    for (char& c : key)
      c = c == '_' ? '-' : c;
    if (key == "index-url") found[section] = trim(line.substr(equals + 1));
  }
  for (const char* wanted : {"install", "global"}) {
    if (const auto at = found.find(wanted); at != found.end() && !at->second.empty()) return at->second;
  }
  return std::nullopt;
}

// In the order in which pip lets later files win, last first.
std::vector<fs::path> pip_files() {
  std::vector<fs::path> files;
  if (const auto named = environment(env::pip_config_file)) files.emplace_back(*named);
  if (const auto home = environment(env::home)) {
    const auto xdg = environment(env::xdg_config_home);
    files.push_back((xdg ? fs::path(*xdg) : fs::path(*home) / ".config") / "pip" / "pip.conf");
    files.push_back(fs::path(*home) / ".pip" / "pip.conf");
  }
  files.emplace_back("/etc/xdg/pip/pip.conf");
  files.emplace_back("/etc/pip.conf");
  return files;
}

// What the machine's own pip would ask: its code knows the address, ours does not.
std::optional<std::string> default_of_pip() {
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    if (!find_program(python)) continue;
    Command command;
    command.arguments = {python, "-I", "-c",
                         "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"};
    command.timeout_seconds = 30;
    const ProcessResult result = run_process(command);
    const std::string url(trim(result.output));
    if (result.exit_status == 0 && url.starts_with("http")) return url;
  }
  return std::nullopt;
}

}  // namespace

std::vector<PythonIndexConfig> python_indexes(const PythonConfig& python) {
  if (!python.indexes.empty()) return python.indexes;
  for (const char* variable : {env::pip_index_url, env::uv_default_index}) {
    if (const auto url = environment(variable)) return {{default_name, *url, false}};
  }
  for (const auto& file : pip_files()) {
    if (const auto url = index_url_of(file)) return {{default_name, *url, false}};
  }
  if (const auto url = default_of_pip()) return {{default_name, *url, false}};
  throw Error(ErrorKind::surroundings, "no-python-index",
              "no Python index is known: PIP_INDEX_URL and UV_DEFAULT_INDEX are not set, pip's configuration "
              "names none, and "
              "no pip is installed",
              "name one in mlrepro.toml under [[python.index]]: name, url");
}

}  // namespace mlrepro
