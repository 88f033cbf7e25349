// requirements.txt, as pip's documentation describes the format.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mlrepro {

struct RequirementsFile {
  std::vector<std::string> requirements;  // PEP 508 lines, in order
  std::vector<std::string> constraints;   // of -c files
};

// Follows -r and -c (relative to the file that names them, each file once). Comments and continued lines are
// understood; an option that would change the answer and is not understood is Error(input,
// "bad-requirements") with file and line.
[[nodiscard]] RequirementsFile read_requirements_file(const std::filesystem::path& file);

}  // namespace mlrepro
