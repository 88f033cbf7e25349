// What docker's users write: mounts, variables, environment files, working folders, sizes, users.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "documents/config/manifest.hpp"

namespace mlrepro {

using Variables = std::vector<std::pair<std::string, std::string>>;

// -v SRC:DST[:ro|:rw]. A relative source lies below `directory`, the folder of the command line. Throws
// Error(input, "bad-mount").
[[nodiscard]] MountConfig parse_volume(const std::string& text, const std::filesystem::path& directory);

// What is mounted in the end: a volume of the command line takes the place of the manifest's mount at the
// same destination. Two that want one destination are refused as docker does: Error(input, "bad-mount").
[[nodiscard]] std::vector<MountConfig> merge_mounts(const std::vector<MountConfig>& manifest,
                                                    const std::vector<MountConfig>& volumes);

// -e NAME=VALUE, or NAME: ours, absent where it is not set. Throws Error(input, "bad-env").
[[nodiscard]] std::optional<std::pair<std::string, std::string>> parse_variable(const std::string& text);

// Variables and words of a command go into JSON documents and NUL-terminated arguments: `text` must be UTF-8
// without NUL. Throws Error(input, `code`) naming `what`.
void check_text(std::string_view text, const std::string& code, const std::string& what);

// -w: absolute, as docker wants it. Throws Error(input, "bad-workdir").
void check_workdir(const std::string& text);

// --name: letters, digits, '_', '.' and '-', beginning with a letter or digit, as docker wants names; not
// "latest", which means the newest run. Throws Error(input, "bad-name").
void check_run_name(const std::string& name);

// "64m", "2g", "1024": bytes; suffixes b, k, m, g, t are powers of 1024. Absent where it is no size or too
// large.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// docker's --env-file: NAME=VALUE a line, the value as it stands, quotes too; "NAME" alone passes ours on
// where it is set; lines that begin with '#' and empty ones are passed over, so are a byte order mark and
// carriage returns at line ends. Throws Error(input, "bad-env") with `name` and line.
[[nodiscard]] Variables parse_env_file(std::string_view text, const std::string& name);

struct UserIds {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};
// "1000" or "1000:100"; "" is root. Absent where it is neither.
[[nodiscard]] std::optional<UserIds> parse_user(std::string_view text);

}  // namespace mlrepro
