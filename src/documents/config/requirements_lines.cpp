#include "documents/config/requirements_lines.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "standards/python/foreign_text.hpp"

namespace mlrepro {
namespace {

// A comment starts the line or follows white space (a '#' inside a URL is a fragment).
std::string_view without_comment(std::string_view line) {
  if (line.starts_with('#')) return {};
  for (const char* space : {" #", "\t#"})
    line = line.substr(0, line.find(space));
  return trim(line);
}

// `high`, `low`: which byte of two is which.
std::string from_utf16(std::string_view bytes, std::size_t high, std::size_t low) {
  const auto unit = [&](std::size_t at) {
    return static_cast<unsigned long>(static_cast<unsigned char>(bytes[at + high])) << 8 |
           static_cast<unsigned char>(bytes[at + low]);
  };
  std::string out;
  out.reserve(bytes.size() / 2);
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    unsigned long point = unit(at);
    if (point >= 0xD800 && point < 0xDC00 && at + 3 < bytes.size()) {
      const auto second = unit(at + 2);
      if (second >= 0xDC00 && second < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (second - 0xDC00);
        at += 2;
      }
    }
    python::append_code_point(out, point);
  }
  return out;
}

std::string_view take_physical_line(std::string_view& text) {
  const auto end = std::min(text.find_first_of("\r\n"), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(end);
  text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(1, text.size()));
  return line;
}

}  // namespace

std::vector<RequirementsLine> requirements_lines(std::string_view text) {
  if (text.starts_with("\xFF\xFE")) return requirements_lines(from_utf16(text.substr(2), 1, 0));
  if (text.starts_with("\xFE\xFF")) return requirements_lines(from_utf16(text.substr(2), 0, 1));
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
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = take_physical_line(text);
    if (begun == 0) begun = number;
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
