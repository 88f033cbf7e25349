// The lines of requirements files, before anything is made of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct RequirementsLine {
  std::string text;        // continued lines joined, without comment and white space around; never empty
  std::size_t number = 0;  // where it starts
};

// As pip reads them: lines end with LF, CRLF or CR; a byte order mark is understood, also that of UTF-16,
// which Windows' shell writes.
[[nodiscard]] std::vector<RequirementsLine> requirements_lines(std::string_view text);

}  // namespace mlrepro
