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

// Follows -r and -c (files, relative to the one that names them, each once as either kind). Comments,
// continued lines, a byte order mark and CRLF are understood; an option that would change the answer and is
// not understood, a file that is not there and a variable of the environment are Error(input,
// "bad-requirements") with file and line.
[[nodiscard]] RequirementsFile read_requirements_file(const std::filesystem::path& file);

}  // namespace mlrepro
