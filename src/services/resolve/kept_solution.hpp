// Answers of the resolver, kept with what they rest on: the same question over the same pages has the same
// answer. Metadata is that of files named by their digest, and does not change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/resolve/python_resolver.hpp"

namespace mlrepro {

struct PageRead {
  std::string project;               // normalised name
  std::vector<std::uint64_t> marks;  // ProjectPage::marks
  bool operator==(const PageRead&) const = default;
};

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

// Hexadecimal: another one for another question, or another build of the program. Empty for a question whose
// answer hangs on more than pages and metadata: files beside the indexes, direct packages.
[[nodiscard]] std::string solution_key(const PythonRequest& request, std::string_view build);

[[nodiscard]] std::string render_kept_solution(const KeptSolution& kept);
// Absent where the bytes are no such thing.
[[nodiscard]] std::optional<KeptSolution> parse_kept_solution(std::string_view bytes);

}  // namespace mlrepro
