#include "documents/config/python_config.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/sorted.hpp"
#include "base/text.hpp"
#include "documents/config/direct_line.hpp"
#include "documents/config/pylock_file.hpp"
#include "documents/config/pyproject.hpp"
#include "documents/config/requirements_file.hpp"
#include "standards/python/name.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

template <typename Item>
void append(std::vector<Item>& list, std::vector<Item> more) {
  list.insert(list.end(), more.begin(), more.end());
}

class PythonTable {
 public:
  PythonTable(const SubtableReader& below, const fs::path& folder) : below_(below), folder_(folder) {}

  [[nodiscard]] PythonConfig read(TableReader table) const {
    PythonConfig python;
    python.requirements = direct_lines(table.texts("requirements"), folder_);
    python.files = table.texts("files");
    python.constraints = direct_lines(table.texts("constraints"), folder_);
    const PylockWish wish{table.texts("extras"), table.texts("groups"),
                          table.path_or_flag("pyproject", "pyproject.toml").has_value()};
    FileWishes files;
    for (const auto& file : python.files) {
      if (is_pylock_name(fs::path(file).filename().string())) {
        pylock(file, wish, python);
      } else {
        requirements_file(file, python, files);
      }
    }
    allow(files_allowed_by(files.hashes), python);
    python.overrides = direct_lines(table.texts("overrides"), folder_);
    for (const auto& place : table.texts("find-links"))
      python.find_links.push_back(direct_place(place, folder_, folder_));
    builds(table, python);
    pyproject(table, python);
    python.version = table.text("version");
    interpreters(table, python);
    python.prereleases = table.choice("prereleases", {"never", "explicit", "stable-first", "allow"},
                                      files.prereleases ? "allow" : "stable-first");
    for (const auto& at : table.tables("index"))
      python.indexes.push_back(python_index(at));
    python.no_index = files.no_index && python.indexes.empty();
    if (!python.indexes.empty() || python.no_index) {
      python.extra_indexes.clear();
    } else if (files.index) {
      python.indexes.push_back({std::string(pypi_name), std::move(*files.index)});
    }
    table.finish();
    return python;
  }

 private:
  // What the requirements files say of the choice as a whole.
  struct FileWishes {
    bool prereleases = false;
    bool no_index = false;
    std::optional<std::string> index;
    std::vector<AllowedFiles> hashes;
  };

  [[nodiscard]] std::vector<std::string> direct_lines(std::vector<std::string> lines,
                                                      const fs::path& from) const {
    for (auto& line : lines)
      line = direct_line(line, from, folder_);
    return lines;
  }

  void requirements_file(const std::string& file, PythonConfig& python, FileWishes& wishes) const {
    RequirementsFile read = read_requirements_file(folder_ / file);
    const fs::path from = (folder_ / file).parent_path();
    append(python.requirements, direct_lines(read.requirements, from));
    append(python.constraints, direct_lines(read.constraints, from));
    for (const auto& place : read.find_links)
      python.find_links.push_back(direct_place(place, from, folder_));
    append(wishes.hashes, std::move(read.hashes));
    wishes.no_index = wishes.no_index || read.no_index;
    if (read.index_url) wishes.index = read.index_url;
    for (auto& url : read.extra_index_urls) {
      const std::string name = "extra-" + std::to_string(python.extra_indexes.size() + 1);
      python.extra_indexes.push_back({name, std::move(url)});
    }
    wishes.prereleases = wishes.prereleases || read.prereleases;
    append(python.no_build, std::move(read.only_binary));
    append(python.no_binary, std::move(read.no_binary));
  }

  [[nodiscard]] PythonIndexConfig python_index(const std::pair<const Json*, std::string>& at) const {
    TableReader entry = below_(at);
    PythonIndexConfig index;
    index.name = entry.text("name").value_or("");
    index.url = entry.text("url").value_or("");
    if (index.url.empty()) entry.refuse("url", "missing-key", at.second + ".url is missing");
    if (index.name.empty()) entry.refuse("name", "missing-key", at.second + ".name is missing");
    for (const auto& name : entry.texts("packages"))
      index.packages.push_back(name.ends_with('*') ? to_lower(name) : python::normalise_name(name));
    index.only_named = entry.flag("explicit").value_or(false);
    if (index.only_named && index.packages.empty())
      entry.refuse("explicit", "missing-key", at.second + " is explicit, but names no packages",
                   "for example packages = [\"torch\", \"nvidia-*\"]");
    entry.finish();
    return index;
  }

  static void allow(std::map<std::string, std::vector<Sha256>> hashes, PythonConfig& python) {
    for (auto& [name, digests] : hashes) {
      auto& allowed = python.hashes[name];
      append(allowed, std::move(digests));
      sort_unique(allowed);
    }
  }

  void pylock(const std::string& file, const PylockWish& wish, PythonConfig& python) const {
    PylockFile read = read_pylock(folder_ / file, fs::path(file).parent_path(), wish);
    append(python.requirements, std::move(read.requirements));
    allow(std::move(read.hashes), python);
    python.pylocks.push_back({file, std::move(read.environments), std::move(read.requires_python)});
    append(python.warnings, std::move(read.warnings));
    for (const auto& place : read.folders)
      python.find_links.push_back(direct_place(place.empty() ? "." : place, folder_, folder_));
  }

  // Each a target of its own, so each has a minor version of its own.
  static void interpreters(TableReader& table, PythonConfig& python) {
    python.versions = table.texts("versions");
    if (python.versions.empty()) return;
    if (python.version)
      table.refuse("versions", "bad-value", "python.version and python.versions exclude each other");
    std::map<std::pair<unsigned long long, unsigned long long>, std::string> by_minor;
    for (const auto& version : python.versions) {
      const auto pieces = split(version, '.');
      const auto major = parse_number(pieces[0]);
      const auto minor = pieces.size() < 2 ? std::nullopt : parse_number(pieces[1]);
      if (!major || !minor) {
        table.refuse("versions", "bad-value",
                     "python.versions has \"" + version + "\", which is no version of Python",
                     "for example versions = [\"3.11\", \"3.12\"]");
      }
      if (!by_minor.emplace(std::pair(*major, *minor), version).second) {
        table.refuse("versions", "bad-value",
                     "python.versions has " + version + " and " + by_minor[{*major, *minor}] +
                         ", which take the same wheels");
      }
    }
    python.versions.clear();
    for (auto& [minor, version] : by_minor)
      python.versions.push_back(std::move(version));
    if (python.versions.size() > 1) return;
    python.version = python.versions.front();
    python.versions.clear();
  }

  static void builds(TableReader& table, PythonConfig& python) {
    const auto add = [&](const char* key, std::vector<std::string>& names) {
      for (const auto& name : table.texts(key)) {
        if (name != ":all:" && !python::is_valid_name(name))
          table.refuse(key, "bad-value",
                       std::string("python.") + key + " has \"" + name + "\", which is no name",
                       "name packages, or \":all:\"");
        names.push_back(name == ":all:" ? name : python::normalise_name(name));
      }
      sort_unique(names);
    };
    add("no-build", python.no_build);
    add("no-binary", python.no_binary);
    for (const auto& name : python.no_build) {
      if (std::binary_search(python.no_binary.begin(), python.no_binary.end(), name))
        table.refuse("no-build", "bad-value",
                     "\"" + name + "\" is under python.no-build and python.no-binary",
                     "neither a wheel nor a source could be taken for it: leave it in one of them");
    }
  }

  void pyproject(TableReader& table, PythonConfig& python) const {
    const auto named = table.path_or_flag("pyproject", "pyproject.toml");
    const PyprojectWish wish{table.texts("extras"), table.texts("groups")};
    const bool more = !wish.extras.empty() || !wish.groups.empty();
    if (!named && more && python.pylocks.empty()) {
      table.refuse(
          wish.extras.empty() ? "groups" : "extras", "missing-key",
          "python.extras and python.groups are of pyproject.toml, which is not read, or of pylock.toml",
          "add pyproject = true");
    }
    if (!named) return;
    Pyproject read = read_pyproject(folder_ / *named, wish);
    append(python.requirements, direct_lines(read.requirements, (folder_ / *named).parent_path()));
    python.requires_python = std::move(read.requires_python);
  }

  const SubtableReader& below_;
  const fs::path& folder_;
};

}  // namespace

PythonConfig read_python_config(TableReader table, const SubtableReader& below, const fs::path& folder) {
  return PythonTable(below, folder).read(std::move(table));
}

}  // namespace mlrepro
