#include "services/run/docker_syntax.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/error.hpp"
#include "base/text.hpp"
#include "standards/python/foreign_text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

const char* ours(const std::string& variable) {
  return std::getenv(variable.c_str());
}

void refuse_twice(const std::vector<MountConfig>& mounts) {
  for (auto mount = mounts.begin(); mount != mounts.end(); ++mount) {
    const bool again = std::any_of(mounts.begin(), mount, [&](const auto& earlier) {
      return earlier.destination == mount->destination;
    });
    if (!again) continue;
    throw Error(ErrorKind::input, "bad-mount", "two mounts want " + mount->destination,
                "one destination takes one mount");
  }
}

}  // namespace

MountConfig parse_volume(const std::string& text, const fs::path& directory) {
  auto mount = parse_mount(text);
  if (!mount) {
    throw Error(ErrorKind::input, "bad-mount", "-v " + text + " is not SOURCE:DESTINATION[:ro]",
                "the destination is absolute, neither part holds a colon: -v ./data:/data:ro");
  }
  check_text(text, "bad-mount", "-v " + text);
  mount->source = (fs::absolute(directory) / mount->source).lexically_normal().string();
  return *mount;
}

std::vector<MountConfig> merge_mounts(const std::vector<MountConfig>& manifest,
                                      const std::vector<MountConfig>& volumes) {
  refuse_twice(manifest);
  refuse_twice(volumes);
  std::vector<MountConfig> mounts = manifest;
  for (const auto& volume : volumes) {
    std::erase_if(mounts, [&](const auto& mount) { return mount.destination == volume.destination; });
    mounts.push_back(volume);
  }
  return mounts;
}

std::optional<std::pair<std::string, std::string>> parse_variable(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == 0 || text.empty()) {
    throw Error(ErrorKind::input, "bad-env", "-e " + text + " is not NAME=VALUE",
                "for example -e OMP_NUM_THREADS=1");
  }
  if (equals != std::string::npos) {
    check_text(text, "bad-env", "-e " + text.substr(0, equals));
    return std::make_pair(text.substr(0, equals), text.substr(equals + 1));
  }
  const char* value = ours(text);
  if (value == nullptr) return std::nullopt;
  check_text(value, "bad-env", "-e " + text);
  return std::make_pair(text, std::string(value));
}

void check_text(std::string_view text, const std::string& code, const std::string& what) {
  if (python::as_utf8(text) == text && text.find('\0') == std::string_view::npos) return;
  throw Error(ErrorKind::input, code, python::as_utf8(what) + " is not UTF-8 text",
              "a run is recorded as text: pass bytes through a file");
}

void check_workdir(const std::string& text) {
  if (text.starts_with('/')) return;
  throw Error(ErrorKind::input, "bad-workdir", "the working folder " + text + " is not absolute",
              "it is a folder inside the environment: -w /" + (text.empty() ? "app" : text));
}

void check_run_name(const std::string& name) {
  constexpr std::string_view alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const bool fits = !name.empty() && alphanumeric.find(name.front()) != std::string_view::npos &&
                    name.find_first_not_of(std::string(alphanumeric) + "_.-") == std::string::npos &&
                    name != "latest";
  if (fits) return;
  throw Error(ErrorKind::input, "bad-name",
              "--name " + python::as_utf8(name) + " cannot be the name of a run",
              "a name is made of letters, digits, '_', '.' and '-'; \"latest\" always means the newest run");
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view suffixes = "bkmgt";
  if (text.empty()) return std::nullopt;
  const char last = to_lower(text.substr(text.size() - 1)).front();
  unsigned shift = 0;
  if (const auto at = suffixes.find(last); at != std::string_view::npos) {
    shift = static_cast<unsigned>(at) * 10;
    text.remove_suffix(1);
  }
  const auto number = parse_number(text);
  if (!number || *number == 0 || *number > (std::uint64_t{1} << 62 >> shift)) return std::nullopt;
  return *number << shift;
}

Variables parse_env_file(std::string_view text, const std::string& name) {
  Variables variables;
  std::size_t number = 0;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (auto line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t'))
      line.remove_prefix(1);
    const std::string at = name + ":" + std::to_string(number);
    check_text(line, "bad-env", at);
    if (line.empty() || line.front() == '#') continue;
    const auto equals = line.find('=');
    const std::string variable(line.substr(0, equals));
    if (variable.empty() || variable.find_first_of(" \t") != std::string::npos) {
      throw Error(ErrorKind::input, "bad-env", at + ": not NAME=VALUE",
                  "a name has no white space in it; a line may be NAME alone, which passes ours on");
    }
    if (equals != std::string_view::npos) {
      variables.emplace_back(variable, line.substr(equals + 1));
    } else if (const char* value = ours(variable)) {
      check_text(value, "bad-env", at);
      variables.emplace_back(variable, value);
    }
  }
  return variables;
}

std::optional<UserIds> parse_user(std::string_view text) {
  if (text.empty()) return UserIds{};
  const auto colon = text.find(':');
  const auto uid = parse_number(text.substr(0, colon));
  const auto gid = colon == std::string_view::npos ? std::optional<unsigned long long>(0)
                                                   : parse_number(text.substr(colon + 1));
  if (!uid || !gid || *uid > 0xfffffffe || *gid > 0xfffffffe) return std::nullopt;
  return UserIds{static_cast<std::uint32_t>(*uid), static_cast<std::uint32_t>(*gid)};
}

}  // namespace mlrepro
