// pyproject.toml of a source: [build-system] (PEP 517, 518) and what [project] (PEP 621) says for good.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/python/metadata.hpp"

namespace mlrepro::python {

struct BuildSystem {
  std::vector<std::string> requires_;     // PEP 508 lines as written
  std::string backend;                    // "hatchling.build", "setuptools.build_meta:__legacy__"
  std::vector<std::string> backend_path;  // folders of the source tree, relative, none leaves it

  // Of a source without [build-system], as pip has it: setuptools by its legacy backend, which runs setup.py.
  [[nodiscard]] static BuildSystem legacy();
  bool operator==(const BuildSystem&) const = default;
};

struct SourceProject {
  BuildSystem build_system;
  // Name, dependencies, extras and Requires-Python of [project] where none of them is dynamic; absent where a
  // build alone tells them. A dynamic version leaves `version` to be told by others.
  struct Static {
    std::string name;
    std::optional<Version> version;
    CoreMetadata metadata;  // its version is meaningless where `version` is absent
  };
  std::optional<Static> project;

  // Throws Error(input, "bad-pyproject"|"bad-toml") with `file` for what is no TOML or breaks PEP 518.
  [[nodiscard]] static SourceProject parse(std::string_view text, const std::string& file);
};

}  // namespace mlrepro::python
