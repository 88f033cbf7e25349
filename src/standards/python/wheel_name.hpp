// File names of distributions: wheels (PEP 427, PEP 425 compressed tag sets) and sdists (PEP 625 and what
// came before it).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/python/version.hpp"

namespace mlrepro::python {

struct WheelName {
  std::string name;  // normalised
  Version version;
  std::optional<std::uint64_t> build;  // number of the build tag; none sorts below 0
  std::string build_suffix;            // what follows the number: "1a" is 1, "a"
  std::vector<std::string> pythons;    // {"py2", "py3"}; lower case as file systems and indexes differ
  std::vector<std::string> abis;
  std::vector<std::string> platforms;

  // "name-version[-build]-python-abi-platform.whl". Absent for anything else; version text with '_' for '-'
  // is taken.
  [[nodiscard]] static std::optional<WheelName> parse(std::string_view file_name);
  // with these.
};

struct SdistName {
  Version version;
  std::string extension;  // "tar.gz", "zip", "tar.bz2", "tgz", "tar.xz"

  // A file of `project` (any spelling). Names may hold '-', so the project's name decides where the version
  // begins.
  [[nodiscard]] static std::optional<SdistName> parse(std::string_view file_name, std::string_view project);
};

}  // namespace mlrepro::python
