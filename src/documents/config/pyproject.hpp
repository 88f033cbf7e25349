// What pyproject.toml asks for: [project] (PEP 621) and [dependency-groups] (PEP 735).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct PyprojectWish {
  std::vector<std::string> extras;  // of [project.optional-dependencies]
  std::vector<std::string> groups;  // of [dependency-groups]
};

struct Pyproject {
  std::vector<std::string> requirements;       // PEP 508 lines in the file's order, each once
  std::optional<std::string> requires_python;  // as written
};

// The project's dependencies, those of the extras and those of the groups. An extra or a group may include
// others ("name[extra]" of the project itself; {include-group = "..."}). Throws Error(input): "bad-pyproject"
// for what PEP 621 and PEP 735 do not allow, groups in a circle, and dependencies declared dynamic;
// "no-extra", "no-group" with the nearest name.
[[nodiscard]] Pyproject parse_pyproject(std::string_view text, const std::string& name,
                                        const PyprojectWish& wish);
[[nodiscard]] Pyproject read_pyproject(const std::filesystem::path& file, const PyprojectWish& wish);

}  // namespace mlrepro
