#include "documents/config/requirements_lines.hpp"

#include "base/text.hpp"

namespace mlrepro {
namespace {

// A comment starts the line or follows white space (a '#' inside a URL is a fragment).
std::string_view without_comment(std::string_view line) {
  if (line.starts_with('#')) return {};
  for (const char* space : {" #", "\t#"})
    line = line.substr(0, line.find(space));
  return trim(line);
}

}  // namespace

std::vector<RequirementsLine> requirements_lines(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<RequirementsLine> lines;
  std::string logical;
  std::size_t begun = 0;
  const auto end = [&] {
    const auto line = without_comment(trim(logical));
    if (!line.empty()) lines.push_back({std::string(line), begun});
    logical.clear();
    begun = 0;
  };
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (begun == 0) begun = number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool comment = trim(line).starts_with('#');
    const bool continues = line.ends_with('\\') && !comment;
    if (continues) line.remove_suffix(1);
    // A line of comment ends what it continues, and stays a comment.
    if (comment && !logical.empty()) logical += ' ';
    logical += line;
    if (!continues) end();
  }
  end();
  return lines;
}

}  // namespace mlrepro
