#include "services/index/pip_config.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_config = std::uint64_t{1} << 20;

// pip, else the pip in the wheel that ensurepip or the distribution keeps for new environments.
constexpr const char* ask_pip = R"(
import glob, os, sys
try:
    import ensurepip
    sys.path += glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl"))
except ImportError:
    pass
sys.path += glob.glob("/usr/share/python-wheels/pip-*.whl")
from pip._internal.models.index import PyPI
print(PyPI.simple_url)
)";

// `PyPI = PackageIndex("https://HOST/", ...)` in pip/_internal/models/index.py; its simple pages are below.
std::optional<std::string> index_in_source(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  try {
    const std::string text = read_file(file, largest_config);
    constexpr std::string_view start = "\nPyPI = PackageIndex(";
    auto at = text.find(start);
    if (at == std::string::npos) return std::nullopt;
    at = text.find_first_not_of(" \n", at + start.size());
    if (at == std::string::npos || text[at] != '"') return std::nullopt;
    std::string url = text.substr(at + 1, text.find('"', at + 1) - at - 1);
    if (!url.starts_with("https://") || !url.ends_with('/') || split_words(url).size() != 1)
      return std::nullopt;
    return url + "simple";
  } catch (const Error&) {
    return std::nullopt;
  }
}

// The pip beside the first python3 of PATH, by where distributions and version managers put it.
std::optional<std::string> written_in_pip() {
  constexpr std::string_view model = "pip/_internal/models/index.py";
  const std::string path = environment(env::path).value_or("");
  for (const auto folder : split(path, ':')) {
    std::error_code ignored;
    const fs::path python = fs::path(folder) / "python3";
    if (folder.empty() || !fs::exists(python, ignored)) continue;
    const fs::path prefix = fs::canonical(python, ignored).parent_path().parent_path();
    std::vector<fs::path> places = {fs::path(folder).parent_path(), prefix};
    for (const auto& place : places) {
      if (auto url = index_in_source(place / "lib/python3/dist-packages" / model)) return url;
      std::vector<fs::path> versions;
      for (const auto& entry : fs::directory_iterator(place / "lib", ignored)) {
        if (entry.path().filename().string().starts_with("python3.")) versions.push_back(entry.path());
      }
      std::sort(versions.begin(), versions.end());
      for (const auto& version : versions) {
        if (auto url = index_in_source(version / "site-packages" / model)) return url;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> ask(const std::string& python) {
  Command command;
  command.arguments = {python, "-I", "-c", ask_pip};
  command.working_directory = "/";
  command.timeout_seconds = 30;
  try {
    const ProcessResult result = run_process(command);
    std::string url(trim(result.output));
    const bool is_url = url.starts_with("https://") || url.starts_with("http://");
    if (result.exit_status == 0 && is_url && split_words(url).size() == 1) return url;
  } catch (const Error&) {
    // No such program: the next one may be there.
  }
  return std::nullopt;
}

}  // namespace

std::map<std::string, std::string> parse_pip_config(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::map<std::string, std::string> out;
  std::string section;
  std::string* value = nullptr;
  for (const auto line : split(text, '\n')) {
    const auto content = trim(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') continue;
    const bool indented = line.front() == ' ' || line.front() == '\t';
    if (indented && value != nullptr) {
      (*value += value->empty() ? "" : "\n") += content;
      continue;
    }
    value = nullptr;
    if (content.front() == '[') {
      section = trim(content.substr(1, std::min(content.find(']'), content.size()) - 1));
      continue;
    }
    const auto mark = content.find_first_of("=:");
    if (mark == std::string_view::npos || section.empty()) continue;
    auto key = to_lower(trim(content.substr(0, mark)));
    for (char& c : key) {
      if (c == '_') c = '-';
    }
    value = &out[section + '.' + key];
    *value = trim(content.substr(mark + 1));
  }
  return out;
}

std::vector<fs::path> pip_config_files(const PipPlaces& places) {
  if (places.config_file == "/dev/null") return {};
  std::vector<fs::path> out = {places.system / "xdg/pip/pip.conf", places.system / "pip.conf"};
  std::error_code ignored;
  const bool named = places.config_file && fs::exists(*places.config_file, ignored);
  if (!named && places.home) out.push_back(*places.home / ".pip/pip.conf");
  if (!named && (places.config_home || places.home)) {
    out.push_back((places.config_home ? *places.config_home : *places.home / ".config") / "pip/pip.conf");
  }
  if (places.config_file) out.emplace_back(*places.config_file);
  return out;
}

PipPlaces pip_places() {
  PipPlaces places;
  places.config_file = environment(env::pip_config_file);
  places.home = environment(env::home);
  places.config_home = environment(env::xdg_config_home);
  return places;
}

std::map<std::string, std::string> read_pip_config(const std::vector<fs::path>& files) {
  std::map<std::string, std::string> values;
  for (const auto& file : files) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) continue;
    try {
      for (auto& [key, value] : parse_pip_config(read_file(file, largest_config)))
        values[key] = std::move(value);
    } catch (const Error&) {
      // Not ours to read: pip would go on as well.
    }
  }
  return values;
}

std::optional<std::string> pip_option(const std::map<std::string, std::string>& config,
                                      const std::string& key) {
  for (const char* section : {"install.", "global."}) {
    const auto found = config.find(section + key);
    if (found != config.end() && !trim(found->second).empty()) return std::string(trim(found->second));
  }
  return std::nullopt;
}

std::optional<std::string> configured_index(const std::vector<fs::path>& files) {
  const auto index = pip_option(read_pip_config(files), "index-url");
  return index ? std::optional<std::string>(split_words(*index).front()) : std::nullopt;
}

std::optional<std::string> default_index_of_pip() {
  // Starting a Python costs more than a whole lock from the cache.
  if (auto url = written_in_pip()) return url;
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    if (auto url = ask(python)) return url;
  }
  return std::nullopt;
}

}  // namespace mlrepro
