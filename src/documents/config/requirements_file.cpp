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
    // A file may be named both ways, and then counts both ways.
    if (!seen_.emplace(fs::weakly_canonical(file).string(), as_constraints).second) return;
    const std::string bytes = read_file(file, 16U << 20);
    std::string_view text = bytes;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::string logical;
    std::size_t number = 0;
    std::size_t begun = 0;  // where the logical line starts
    for (const auto physical : split(text, '\n')) {
      ++number;
      if (begun == 0) begun = number;
      std::string_view line = physical;
      if (line.ends_with('\r')) line.remove_suffix(1);
      const bool comment = trim(line).starts_with('#');
      const bool continues = line.ends_with('\\') && !comment;
      if (continues) line.remove_suffix(1);
      // A line of comment ends what it continues, and stays a comment.
      if (comment && !logical.empty()) logical += ' ';
      logical += line;
      if (continues) continue;
      take(without_comment(trim(logical)), {file, begun, as_constraints});
      logical.clear();
      begun = 0;
    }
    take(without_comment(trim(logical)), {file, begun, as_constraints});
  }

  RequirementsFile result;

 private:
  struct Place {
    const fs::path& file;
    std::size_t line;
    bool as_constraints;
  };

  [[noreturn]] static void refuse(const Place& place, const std::string& why, const std::string& hint) {
    throw Error(ErrorKind::input, "bad-requirements",
                place.file.filename().string() + ":" + std::to_string(place.line) + ": " + why, hint);
  }

  void include(std::string_view name, const Place& place, bool as_constraints) {
    if (name.find("://") != std::string_view::npos) {
      refuse(place, "the file " + std::string(name) + " would come from the network",
             "what it says could change without the lock: keep a copy beside the manifest");
    }
    const fs::path file = place.file.parent_path() / name;
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
      refuse(place, "the file " + std::string(name) + " is not there",
             "its path starts at the folder of " + place.file.filename().string());
    }
    read(file, as_constraints);
  }

  void take(std::string_view line, const Place& place) {
    if (line.empty()) return;
    if (const auto other = option_value(line, "-r", "--requirement"))
      return include(*other, place, place.as_constraints);
    if (const auto other = option_value(line, "-c", "--constraint")) return include(*other, place, true);
    const bool hash =
        line.find(" --hash") != std::string_view::npos || line.find("\t--hash") != std::string_view::npos;
    if (line.front() == '-' || hash || line.find(" --") != std::string_view::npos ||
        line.find("\t--") != std::string_view::npos) {
      refuse(place, "the option in \"" + std::string(line) + "\" is not understood here",
             hash ? "take the hashes out: the lock pins the SHA-256 of every file"
                  : "indexes belong into [[python.index]]; what is installed is listed, not told by options");
    }
    if (line.find("${") != std::string_view::npos) {
      refuse(place, "\"" + std::string(line) + "\" takes a variable of this machine",
             "write its value, so that the lock says all");
    }
    (place.as_constraints ? result.constraints : result.requirements).emplace_back(line);
  }

  std::set<std::pair<std::string, bool>> seen_;
};

}  // namespace

RequirementsFile read_requirements_file(const fs::path& file) {
  Reader reader;
  reader.read(file, false);
  return std::move(reader.result);
}

}  // namespace mlrepro
