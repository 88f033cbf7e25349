#include "services/run/docker_syntax.hpp"

#include <cstdlib>

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {

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

std::vector<std::pair<std::string, std::string>> parse_env_file(std::string_view text,
                                                                const std::string& name) {
  std::vector<std::pair<std::string, std::string>> variables;
  std::size_t number = 0;
  for (auto line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t'))
      line.remove_prefix(1);
    if (line.empty() || line.front() == '#') continue;
    const auto equals = line.find('=');
    const std::string variable(line.substr(0, equals));
    if (variable.empty() || variable.find_first_of(" \t") != std::string::npos) {
      throw Error(ErrorKind::input, "bad-env", name + ":" + std::to_string(number) + ": not NAME=VALUE");
    }
    if (equals != std::string_view::npos) {
      variables.emplace_back(variable, line.substr(equals + 1));
    } else if (const char* ours = std::getenv(variable.c_str())) {
      variables.emplace_back(variable, ours);
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
