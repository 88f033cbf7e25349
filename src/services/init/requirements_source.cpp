#include "services/init/requirements_source.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "documents/config/direct_line.hpp"
#include "documents/config/requirements_file.hpp"
#include "documents/config/requirements_lines.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_files = 64;
constexpr std::uintmax_t most_in_file = 16U << 20;

// What "-r x", "-rx", "--requirement=x" names, of the option's two spellings; empty for another line.
std::string_view value_of(std::string_view line, std::string_view full, std::string_view brief) {
  for (const std::string_view name : {full, brief}) {
    if (name.empty() || !line.starts_with(name)) continue;
    std::string_view rest = line.substr(name.size());
    if (name == full && !rest.starts_with('=') && trim(rest) == rest) continue;  // a longer option
    if (rest.starts_with('=')) rest.remove_prefix(1);
    return trim(rest);
  }
  return {};
}

// The requirement as the manifest takes it: what PEP 508 knows, a URL, a repository, a path. Absent with a
// reason.
std::optional<std::string> carried(std::string_view text, const std::optional<fs::path>& folder,
                                   std::string& why) {
  if (!python::is_direct(text)) {
    why = "it is no PEP 508 requirement";
    return python::Requirement::parse(text) ? std::optional<std::string>(text) : std::nullopt;
  }
  const auto wanted = python::DirectRequirement::parse(text, why);
  if (!wanted) return std::nullopt;
  if (wanted->url.kind != python::DirectUrl::Kind::local) return wanted->str();
  why = "what lies in the image is not beside the manifest; name the tree that was copied there";
  return folder ? std::optional(direct_line(wanted->str(), *folder, ".")) : std::nullopt;
}

// A requirement of a project of an index.
bool is_bound(std::string_view text) {
  const auto requirement = python::Requirement::parse(text);
  return requirement && requirement->url.empty();
}

class Lines {
 public:
  explicit Lines(Draft& draft) : draft_(draft) {}

  void read(const fs::path& file, const std::string& shown, bool as_constraints = false) {
    const std::string key = (as_constraints ? "-c " : "") + fs::weakly_canonical(file).string();
    if (seen_.size() >= most_files || !seen_.insert(key).second) return;
    for (const auto& line : requirements_lines(read_file(file, most_in_file)))
      take(line.text, file, {shown, line.number}, as_constraints);
  }

 private:
  void include(std::string_view name, const std::string& option, const fs::path& file, const Origin& origin,
               bool as_constraints) {
    const fs::path other = file.parent_path() / name;
    std::error_code ignored;
    if (!fs::is_regular_file(other, ignored))
      return draft_.note(option + " " + std::string(name) + ": the file is not there", origin);
    read(other, (fs::path(origin.file).parent_path() / name).lexically_normal().string(), as_constraints);
  }

  // Credentials stay out of the manifest: netrc and the environment have them.
  DraftEntry index(std::string_view url, const Origin& origin) {
    DraftEntry entry{without_user(std::string(url)), origin};
    if (entry.value != url) draft_.note(entry.value + ": user and password are left to netrc", origin);
    return entry;
  }

  void take(std::string line, const fs::path& file, const Origin& origin, bool as_constraints) {
    if (line.empty()) return;
    if (const auto name = value_of(line, "--requirement", "-r"); !name.empty())
      return include(name, "-r", file, origin, as_constraints);
    if (const auto name = value_of(line, "--constraint", "-c"); !name.empty())
      return include(name, "-c", file, origin, true);
    const auto url = value_of(line, "--index-url", "-i");
    if (!url.empty() && url.find_first_of(" \t") == std::string_view::npos) {
      draft_.index = index(url, origin);
      return;
    }
    const auto extra = value_of(line, "--extra-index-url", "");
    if (!extra.empty() && extra.find_first_of(" \t") == std::string_view::npos) {
      draft_.extra_indexes.push_back(index(extra, origin));
      return;
    }
    if (const auto tree = value_of(line, "--editable", "-e"); !tree.empty()) line = std::string(tree);
    if (line.starts_with('-')) return draft_.note(line + ": pip's option is not carried over", origin);
    // Hashes follow the requirement: the lock pins its own.
    for (const char* mark : {" --", "\t--"})
      line = line.substr(0, line.find(mark));
    if (!as_constraints)
      return draft_requirement(draft_, trim(line), origin, fs::path(origin.file).parent_path());
    if (!is_bound(trim(line))) return draft_.note(line + ": it is no bound of PEP 508", origin);
    draft_.constraints.push_back({std::string(trim(line)), origin});
  }

  Draft& draft_;
  std::set<std::string> seen_;
};

std::size_t exact_pins(const std::vector<std::string>& requirements) {
  return static_cast<std::size_t>(
      std::count_if(requirements.begin(), requirements.end(), [](const auto& text) {
        const auto requirement = python::Requirement::parse(text);
        return requirement && requirement->specifiers.exact_pin();
      }));
}

// Absent where the manifest cannot name the file as it is.
std::optional<std::size_t> pins_of_usable(const fs::path& file) {
  try {
    const RequirementsFile read = read_requirements_file(file);
    const auto usable = [](const std::string& line) { return is_bound(line) || python::is_direct(line); };
    if (!std::all_of(read.requirements.begin(), read.requirements.end(), usable) ||
        !std::all_of(read.constraints.begin(), read.constraints.end(), is_bound)) {
      return std::nullopt;
    }
    return exact_pins(read.requirements);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input || error.code() == "file-missing") throw;
    return std::nullopt;
  }
}

}  // namespace

std::string without_user(std::string text) {
  for (auto scheme = text.find("://"); scheme != std::string::npos; scheme = text.find("://", scheme + 3)) {
    const std::size_t host = scheme + 3;
    const std::size_t end = std::min(text.find_first_of("/ \t\n'\"", host), text.size());
    const auto at = text.rfind('@', end);
    if (at != std::string::npos && at >= host) text.erase(host, at + 1 - host);
  }
  return text;
}

void draft_requirement(Draft& draft, std::string_view text, const Origin& origin,
                       const std::optional<fs::path>& folder) {
  std::string why;
  const auto line = carried(text, folder, why);
  if (!line) return draft.note(std::string(text) + ": " + why, origin);
  if (python::is_direct(text) && python::without_userinfo(text) != text)
    draft.note(*line + ": user and password are left to netrc", origin);
  const bool there = std::any_of(draft.requirements.begin(), draft.requirements.end(),
                                 [&](const auto& entry) { return entry.value == *line; });
  if (there) return;
  draft.pins += exact_pins({*line});
  draft.requirements.push_back({*line, origin});
}

void draft_requirements_file(Draft& draft, const fs::path& file, const std::string& shown) {
  for (const auto& earlier : draft.files) {
    if (earlier.value == shown) return;
  }
  if (const auto pins = pins_of_usable(file)) {
    draft.pins += *pins;
    draft.files.push_back({shown, {shown, 0}});
    return;
  }
  Lines(draft).read(file, shown);
  // Indexes of the manifest stand in place of the machine's own, so extra ones alone cannot be carried over.
  if (draft.index) return;
  for (const auto& extra : draft.extra_indexes)
    draft.note("--extra-index-url " + extra.value + ": list it with the main index under [[python.index]]",
               extra.origin);
  draft.extra_indexes.clear();
}

}  // namespace mlrepro
