// pip's own configuration (pip documentation, "Configuration"): which index this machine's user has chosen.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

// "global.index-url" -> value: lower case, '-' for '_' in keys. An ini file of Python's configparser: '=' or
// ':' between key and value, '#' or ';' before a comment, indented lines continue a value. Lines of another
// shape are passed over.
[[nodiscard]] std::map<std::string, std::string> parse_pip_config(std::string_view text);

// Where pip looks.
struct PipPlaces {
  std::optional<std::string> config_file;            // PIP_CONFIG_FILE
  std::optional<std::filesystem::path> home;         // HOME
  std::optional<std::filesystem::path> config_home;  // XDG_CONFIG_HOME
  std::filesystem::path system = "/etc";
};

// The files in pip's order, a later one overriding an earlier; they need not exist. PIP_CONFIG_FILE takes the
// place of the user's own file where it exists; as /dev/null it switches all files off.
[[nodiscard]] std::vector<std::filesystem::path> pip_config_files(const PipPlaces& places);

// Those of this process.
[[nodiscard]] PipPlaces pip_places();

// All `files` together. A file that is missing or cannot be read counts as empty.
[[nodiscard]] std::map<std::string, std::string> read_pip_config(
    const std::vector<std::filesystem::path>& files = pip_config_files(pip_places()));

// install.KEY, else global.KEY, without white space around; one that is empty counts as absent.
[[nodiscard]] std::optional<std::string> pip_option(const std::map<std::string, std::string>& config,
                                                    const std::string& key);

// The option index-url of all `files` together, its first word. A file that is missing or cannot be read
// counts as empty.
[[nodiscard]] std::optional<std::string> configured_index(const std::vector<std::filesystem::path>& files);

// The index that the installed pip asks when nothing is configured, told by pip itself: our sources name no
// registry. Also finds the pip that ensurepip keeps as a wheel. Absent where no python3 here has one.
[[nodiscard]] std::optional<std::string> default_index_of_pip();

}  // namespace mlrepro
