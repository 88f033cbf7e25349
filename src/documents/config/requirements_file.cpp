#include "documents/config/requirements_file.hpp"

#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// A comment starts the line or follows white space (a '#' inside a URL is a fragment).
std::string_view without_comment(std::string_view line) {
  if (line.starts_with('#')) return {};
  for (const char* space : {" #", "\t#"})
    line = line.substr(0, line.find(space));
  return trim(line);
}

std::optional<std::string_view> option_value(std::string_view line, std::string_view brief,
                                             std::string_view full) {
  for (const auto name : {brief, full}) {
    if (!line.starts_with(name)) continue;
    std::string_view rest = line.substr(name.size());
    if (rest.starts_with('=') || rest.starts_with(' ') || rest.starts_with('\t')) return trim(rest.substr(1));
    if (name == brief && !rest.empty()) return trim(rest);
  }
  return std::nullopt;
}

class Reader {
 public:
  void read(const fs::path& file, bool as_constraints) {
    if (!seen_.insert(fs::weakly_canonical(file).string()).second) return;
    const std::string text = read_file(file, 16U << 20);
    std::string logical;
    std::size_t number = 0;
    for (const auto physical : split(text, '\n')) {
      ++number;
      std::string_view line = physical;
      if (line.ends_with('\r')) line.remove_suffix(1);
      const bool continues = line.ends_with('\\') && !trim(line).starts_with('#');
      if (continues) line.remove_suffix(1);
      logical += line;
      if (continues) continue;
      take(without_comment(trim(logical)), file, number, as_constraints);
      logical.clear();
    }
    take(without_comment(trim(logical)), file, number, as_constraints);
  }

  RequirementsFile result;

 private:
  void take(std::string_view line, const fs::path& file, std::size_t number, bool as_constraints) {
    if (line.empty()) return;
    if (const auto other = option_value(line, "-r", "--requirement"))
      return read(file.parent_path() / *other, as_constraints);
    if (const auto other = option_value(line, "-c", "--constraint"))
      return read(file.parent_path() / *other, true);
    if (line.front() == '-' || line.find(" --") != std::string_view::npos) {
      throw Error(ErrorKind::input, "bad-requirements",
                  file.filename().string() + ":" + std::to_string(number) + ": the option in \"" +
                      std::string(line) + "\" is not understood here",
                  "indexes belong into [[python.index]]; hashes are pinned by the lock itself");
    }
    (as_constraints ? result.constraints : result.requirements).emplace_back(line);
  }

  std::set<std::string> seen_;
};

}  // namespace

RequirementsFile read_requirements_file(const fs::path& file) {
  Reader reader;
  reader.read(file, false);
  return std::move(reader.result);
}

}  // namespace mlrepro
