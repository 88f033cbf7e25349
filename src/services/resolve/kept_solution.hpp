// Answers of the resolvers, kept with what they rest on: the same question over the same pages has the same
// answer. Metadata is that of files named by their digest, and does not change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/resolve/os_resolver.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/resolve/python_source.hpp"

namespace mlrepro {

struct SaidLine {  // what was said to Progress
  bool is_warning = false;
  std::string text;
  bool operator==(const SaidLine&) const = default;
};

struct KeptSolution {
  std::vector<PageRead> pages;  // sorted by project
  std::vector<SaidLine> lines;
  PythonSolution solution;
};

// What stands for the program, libsolv's version too; empty where the linker wrote no note of the build.
[[nodiscard]] std::string solving_build();

// Hexadecimal: another one for another question, or another build of the program. Empty for a question whose
// answer hangs on more than pages, metadata and the builder of sources: files beside the indexes, direct
// packages.
[[nodiscard]] std::string solution_key(const PythonRequest& request, std::string_view build);

[[nodiscard]] std::string render_kept_solution(const KeptSolution& kept);
// Absent where the bytes are no such thing.
[[nodiscard]] std::optional<KeptSolution> parse_kept_solution(std::string_view bytes);

// The same for the operating system, whose answers rest on index files that the question names by digest.
[[nodiscard]] std::string solution_key(const OsRequest& request, std::string_view build);
[[nodiscard]] std::string render_kept_packages(const OsSolution& solution);
[[nodiscard]] std::optional<OsSolution> parse_kept_packages(std::string_view bytes);

}  // namespace mlrepro
