// File names of distributions: wheels (PEP 427, PEP 425 compressed tag sets) and sdists (PEP 625 and what
// came before it).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/python/version.hpp"

namespace mlrepro::python {

inline constexpr std::size_t longest_file_name = 1000;

struct WheelTags {
  std::vector<std::string> pythons;  // {"py2", "py3"}; lower case as file systems and indexes differ
  std::vector<std::string> abis;
  std::vector<std::string> platforms;

  // "py2.py3-none-any": a compressed tag set (PEP 425). Absent for anything else.
  [[nodiscard]] static std::optional<WheelTags> parse(std::string_view text);
};

struct BuildTag {
  std::uint64_t number = 0;
  std::string suffix;  // what follows the number: "1a" is 1, "a"

  [[nodiscard]] static std::optional<BuildTag> parse(std::string_view text);
  auto operator<=>(const BuildTag&) const = default;
};

struct WheelName : WheelTags {
  std::string name;  // normalised
  Version version;
  std::optional<std::uint64_t> build;  // number of the build tag; none sorts below 0
  std::string build_suffix;

  // "name-version[-build]-python-abi-platform.whl". Absent for anything else; version text with '_' for '-'
  // is taken.
  [[nodiscard]] static std::optional<WheelName> parse(std::string_view file_name);
};

// The parts of a wheel's file name as they are written; nothing is said of their worth.
struct WheelNameParts {
  std::string_view name;
  std::string_view version;
  std::string_view build;  // empty: none
  std::string_view tags;   // "py3-none-any"

  // Absent where the number of parts or the ending is another.
  [[nodiscard]] static std::optional<WheelNameParts> split(std::string_view file_name);
};

// The version in the name of a wheel or sdist, which may stand there with '_' for '-'.
[[nodiscard]] std::optional<Version> parse_file_version(std::string_view text);

struct SdistName {
  Version version;
  std::string extension;      // "tar.gz", "zip", "tar.bz2", "tgz", "tar.xz"
  std::size_t name_size = 0;  // bytes of the file name that spell the project

  // A file of `project` (any spelling). Names may hold '-', so the project's name decides where the version
  // begins.
  [[nodiscard]] static std::optional<SdistName> parse(std::string_view file_name, std::string_view project);
};

}  // namespace mlrepro::python
