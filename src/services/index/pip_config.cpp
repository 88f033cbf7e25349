#include "services/index/pip_config.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

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

std::optional<std::string> configured_index(const std::vector<fs::path>& files) {
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
  for (const char* key : {"install.index-url", "global.index-url"}) {
    const auto found = values.find(key);
    if (found == values.end()) continue;
    const auto words = split_words(found->second);
    if (!words.empty()) return std::string(words.front());
  }
  return std::nullopt;
}

std::optional<std::string> default_index_of_pip() {
  for (const char* python : {"python3", "/usr/bin/python3"}) {
    if (auto url = ask(python)) return url;
  }
  return std::nullopt;
}

}  // namespace mlrepro
