// What docker's users write: sizes, environment files, users.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro {

// "64m", "2g", "1024": bytes; suffixes b, k, m, g, t are powers of 1024. Absent where it is no size or too
// large.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// docker's --env-file: NAME=VALUE a line, the value as it stands; "NAME" alone passes ours on where it is
// set; lines that begin with '#' and empty ones are passed over. Throws Error(input, "bad-env") with `name`
// and line.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_env_file(std::string_view text,
                                                                              const std::string& name);

struct UserIds {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};
// "1000" or "1000:100"; "" is root. Absent where it is neither.
[[nodiscard]] std::optional<UserIds> parse_user(std::string_view text);

}  // namespace mlrepro
