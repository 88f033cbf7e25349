#include "documents/config/requirements_file.hpp"

#include <algorithm>
#include <set>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "documents/config/direct_line.hpp"
#include "documents/config/requirements_lines.hpp"
#include "documents/config/requirements_options.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using Option = RequirementsOption;

// "-e REQUIREMENT", "--editable=REQUIREMENT": what is installed is a wheel of it all the same.
std::optional<std::string_view> editable(std::string_view line) {
  for (const std::string_view option : {"--editable", "-e"}) {
    if (!line.starts_with(option)) continue;
    const std::string_view rest = line.substr(option.size());
    if (option == "-e" || rest.starts_with(' ') || rest.starts_with('\t') || rest.starts_with('='))
      return trim(rest.starts_with('=') ? rest.substr(1) : rest);
  }
  return std::nullopt;
}

// Variables of the environment where a URL has its name and password, which no lock holds; elsewhere they
// stay. One that is not set stays too: who only checks needs no secret.
std::string with_secrets(std::string_view line) {
  std::string out(line);
  for (auto begin = out.find("://"); begin != std::string::npos; begin = out.find("://", begin + 3)) {
    for (;;) {
      const auto open = out.find("${", begin);
      const auto end = std::min(out.find_first_of("/?# ", begin + 3), out.size());
      const auto close = out.find('}', open);
      if (open == std::string::npos || close == std::string::npos || out.find('@', close) >= end) break;
      const auto value = environment(out.substr(open + 2, close - open - 2).c_str());
      if (!value) break;
      out.replace(open, close + 1 - open, *value);
    }
  }
  return out;
}

class Reader {
 public:
  // `folder`: paths come back as seen from there.
  explicit Reader(fs::path folder) : folder_(std::move(folder)) {}

  void read(const fs::path& file, bool as_constraints) {
    // A file may be named both ways, and then counts both ways.
    if (!seen_.emplace(fs::weakly_canonical(file).string(), as_constraints).second) return;
    for (const auto& line : requirements_lines(read_file(file, 16U << 20)))
      take(line.text, {file, line.number, as_constraints});
  }

  // What can be judged only when all is read.
  void finish() const {
    if (!require_hashes_) return;
    for (const auto& [requirement, file, line] : asked_) {
      const auto parsed = python::Requirement::parse(requirement);
      if (parsed && hashed_.contains(parsed->name)) continue;
      if (requirement.find("sha256=") != std::string::npos && python::is_direct(requirement)) continue;
      throw Error(ErrorKind::input, "bad-requirements",
                  file + ":" + std::to_string(line) + ": \"" + requirement +
                      "\" has no --hash, and --require-hashes asks for one",
                  "add --hash=sha256:..., or take --require-hashes out: the lock pins every file anyway");
    }
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
    if (const auto wanted = editable(line)) {
      if (!python::is_direct(*wanted))
        refuse(place, "\"" + std::string(line) + "\" is neither a path nor a URL", "for example -e ./name");
      line = *wanted;
    }
    const std::string told = with_secrets(line);
    line = told;
    if (python::without_userinfo(line).find("${") != std::string::npos) {
      refuse(place, "\"" + std::string(line) + "\" takes a variable of this machine",
             "write its value, so that the lock says all");
    }
    const auto words = split_words(line);
    const auto first =
        std::find_if(words.begin(), words.end(), [](auto word) { return word.starts_with('-'); });
    const auto end =
        first == words.end() ? line.size() : static_cast<std::size_t>(first->data() - line.data());
    // The white space within a requirement stays as it is.
    const std::string_view requirement = trim(line.substr(0, end));
    auto options = RequirementsOptions::read(line.substr(end));
    if (!options) refuse(place, "a quote in \"" + std::string(line) + "\" is left open", "close it");
    if (requirement.empty()) return take_options(*options, line, place);
    std::string text(requirement);
    try {
      text = direct_line(requirement, place.file.parent_path(), folder_);
    } catch (const Error& error) {
      refuse(place, error.message(), error.hint());
    }
    take_hashes(text, *options, line, place);
    if (!python::is_direct(text) && !python::Requirement::parse(text))
      refuse(place, "\"" + text + "\" is not PEP 508", "for example numpy==2.1.0");
    if (!place.as_constraints) asked_.push_back({text, place.file.filename().string(), place.line});
    (place.as_constraints ? result.constraints : result.requirements).push_back(std::move(text));
  }

  [[noreturn]] static void refuse_option(std::string_view line, const Place& place) {
    refuse(place, "the option in \"" + std::string(line) + "\" is not understood here",
           "indexes belong into [[python.index]]; what is installed is listed, not told by options");
  }

  void take_options(RequirementsOptions& options, std::string_view line, const Place& place) {
    while (!options.empty()) {
      const auto given = options.take();
      if (!given) refuse_option(line, place);
      switch (given->option) {
        case Option::requirement: include(given->value, place, place.as_constraints); break;
        case Option::constraint: include(given->value, place, true); break;
        case Option::index_url: result.index_url = given->value; break;
        case Option::extra_index_url: result.extra_index_urls.emplace_back(given->value); break;
        case Option::find_links:
          result.find_links.push_back(direct_place(given->value, place.file.parent_path(), folder_));
          break;
        case Option::no_index: result.no_index = true; break;
        case Option::prereleases: result.prereleases = true; break;
        case Option::require_hashes: require_hashes_ = true; break;
        case Option::only_binary:
          take_names(given->value, result.only_binary, result.no_binary, place);
          break;
        case Option::no_binary: take_names(given->value, result.no_binary, result.only_binary, place); break;
        case Option::hash:
          refuse(place, "a hash stands alone", "put it on the line of its requirement");
          break;
        case Option::flag_without_effect:
        case Option::value_without_effect: break;
      }
    }
  }

  // "a,b", ":all:" or ":none:" (pip's FormatControl): what enters one list leaves the other.
  static void take_names(std::string_view value, std::vector<std::string>& into,
                         std::vector<std::string>& from, const Place& place) {
    for (const auto piece : split(value, ',')) {
      const auto word = trim(piece);
      if (word == ":none:") {
        into.clear();
        continue;
      }
      if (word != ":all:" && !python::is_valid_name(word))
        refuse(place, "\"" + std::string(word) + "\" is no name of a package", "name packages, or :all:");
      const std::string name = word == ":all:" ? ":all:" : python::normalise_name(word);
      std::erase(from, name);
      if (std::find(into.begin(), into.end(), name) == into.end()) into.push_back(name);
    }
    std::sort(into.begin(), into.end());
  }

  // A direct requirement of no name has its one hash in its URL.
  void take_hashes(std::string& requirement, RequirementsOptions& options, std::string_view line,
                   const Place& place) {
    std::vector<Sha256> digests;
    bool any = false;
    while (!options.empty()) {
      const auto given = options.take();
      if (!given || given->option != Option::hash) refuse_option(line, place);
      any = true;
      if (!given->value.starts_with("sha256:")) continue;
      const auto digest = Sha256::parse(given->value.substr(7));
      if (!digest)
        refuse(place, "\"" + std::string(given->value) + "\" is no SHA-256", "it has 64 hexadecimal digits");
      digests.push_back(*digest);
    }
    if (!any) return;
    if (digests.empty()) {
      refuse(place, "\"" + std::string(requirement) + "\" has hashes, but no sha256",
             "add --hash=sha256:...");
    }
    const auto parsed = python::Requirement::parse(requirement);
    if (!parsed && python::is_direct(requirement) && digests.size() == 1) {
      std::string why;
      auto direct = python::DirectRequirement::parse(requirement, why);
      direct->url.sha256 = digests[0];
      requirement = direct->str();
      return;
    }
    if (!parsed)
      refuse(place, "\"" + std::string(requirement) + "\" is not PEP 508", "for example numpy==2.1.0");
    hashed_.insert(parsed->name);
    result.hashes.push_back({parsed->name, parsed->marker ? parsed->marker->str() : "", std::move(digests),
                             place.file.filename().string() + ":" + std::to_string(place.line)});
  }

  struct Asked {
    std::string requirement;
    std::string file;
    std::size_t line = 0;
  };

  fs::path folder_;
  std::vector<Asked> asked_;
  std::set<std::string> hashed_;  // names that have a line with --hash
  bool require_hashes_ = false;
  std::set<std::pair<std::string, bool>> seen_;
};

}  // namespace

RequirementsFile read_requirements_file(const fs::path& file) {
  Reader reader(file.parent_path());
  reader.read(file, false);
  reader.finish();
  return std::move(reader.result);
}

}  // namespace mlrepro
