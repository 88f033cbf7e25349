#include "documents/config/pylock_file.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "codec/toml.hpp"
#include "documents/config/pylock_marker.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"
#include "standards/python/url.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t largest_file = 64U << 20;

class Reader {
 public:
  Reader(const TomlDocument& document, std::string file, fs::path base, const PylockWish& wish)
      : document_(document), file_(std::move(file)), base_(std::move(base)), wish_(wish) {}

  PylockFile read() {
    const Json& top = document_.value;
    version(top);
    (void)text(top, "created-by", "created-by");
    for (const auto& marker : texts(top, "environments", "environments")) {
      // No extra and no group can be part of what a machine is.
      if (!python::Marker::parse(marker)) refuse("environments", "\"" + marker + "\" is no marker (PEP 508)");
      result_.environments.push_back(marker);
    }
    if (top.contains("requires-python")) {
      result_.requires_python = text(top, "requires-python", "requires-python");
      if (!python::SpecifierSet::parse(*result_.requires_python))
        refuse("requires-python", "requires-python is no version specifier");
    }
    choose(top);
    const auto packages = top.find("packages");
    if (packages == top.end() || !packages->is_array())
      refuse("packages", "packages must be a list of tables");
    for (std::size_t i = 0; i < packages->size(); ++i) {
      place_ = "packages[" + std::to_string(i) + "]";
      package((*packages)[i]);
    }
    sort_unique(result_.folders);
    for (auto& [name, digests] : result_.hashes) {
      sort_unique(digests);
    }
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& key, const std::string& message, const std::string& hint = {},
                           const std::string& code = "bad-pylock") const {
    auto line = document_.lines.find(key);
    if (line == document_.lines.end()) line = document_.lines.find(place_);
    const std::string at = line == document_.lines.end() ? "" : ":" + std::to_string(line->second);
    throw Error(ErrorKind::input, code, file_ + at + ": " + message, hint);
  }

  [[nodiscard]] std::string place(const std::string& key) const { return place_ + "." + key; }

  // The text at `key`, which must be there.
  [[nodiscard]] std::string text(const Json& table, const std::string& key, const std::string& where) const {
    const auto found = table.find(key);
    if (found == table.end()) refuse(where, where + " is missing");
    if (!found->is_string()) refuse(where, where + " must be a string");
    return found->get<std::string>();
  }

  [[nodiscard]] std::string optional_text(const Json& table, const std::string& key,
                                          const std::string& where) const {
    return table.contains(key) ? text(table, key, where) : std::string();
  }

  [[nodiscard]] std::vector<std::string> texts(const Json& table, const std::string& key,
                                               const std::string& where) const {
    const auto found = table.find(key);
    if (found == table.end()) return {};
    std::vector<std::string> list;
    if (!found->is_array()) refuse(where, where + " must be a list of strings");
    for (const auto& item : *found) {
      if (!item.is_string()) refuse(where, where + " must be a list of strings");
      list.push_back(item.get<std::string>());
    }
    return list;
  }

  // PEP 751: a newer minor version is warned of, a newer major version refused.
  void version(const Json& top) {
    const std::string value = text(top, "lock-version", "lock-version");
    const auto pieces = split(value, '.');
    const auto major = pieces.size() == 2 ? parse_number(pieces[0]) : std::nullopt;
    const auto minor = pieces.size() == 2 ? parse_number(pieces[1]) : std::nullopt;
    if (!major || !minor)
      refuse("lock-version", "lock-version = \"" + value + "\" is no version of the format");
    if (*major != 1) {
      refuse("lock-version", "lock-version is " + value + "; this mlrepro reads version 1",
             "use a newer mlrepro", "lock-version");
    }
    if (*minor > 0)
      result_.warnings.push_back(file_ + " has lock-version " + value +
                                 ": what is newer in it than 1.0 is not understood");
  }

  std::set<std::string> chosen(const std::vector<std::string>& wanted, const std::vector<std::string>& known,
                               const std::string& what, const std::string& key) const {
    std::set<std::string> names;
    for (const auto& name : known)
      names.insert(python::normalise_name(name));
    std::set<std::string> chosen;
    for (const auto& name : wanted) {
      const std::string normalised = python::normalise_name(name);
      if (!names.contains(normalised) && !wish_.shared) {
        const auto near = nearest(name, known);
        refuse(key, "it was not made for the " + what + " " + name,
               near            ? "did you mean " + *near + "?"
               : known.empty() ? "it has none"
                               : "it has " + join(known, ", "),
               "no-" + what);
      }
      chosen.insert(normalised);
    }
    return chosen;
  }

  void choose(const Json& top) {
    const auto defaults = texts(top, "default-groups", "default-groups");
    auto groups = texts(top, "dependency-groups", "dependency-groups");
    groups.insert(groups.end(), defaults.begin(), defaults.end());
    choice_.extras = chosen(wish_.extras, texts(top, "extras", "extras"), "extra", "extras");
    choice_.groups =
        chosen(wish_.groups.empty() ? defaults : wish_.groups, groups, "group", "dependency-groups");
  }

  void package(const Json& table) {
    if (!table.is_object()) refuse(place_, place_ + " must be a table");
    const std::string name = text(table, "name", place("name"));
    std::string marker = optional_text(table, "marker", place("marker"));
    if (!marker.empty()) {
      const auto folded = fold_marker(marker, choice_);
      if (!folded) refuse(place("marker"), "the marker \"" + marker + "\" of " + name + " cannot be read");
      if (folded->never) return;
      marker = folded->text;
    }
    const int sources = table.contains("vcs") + table.contains("directory") + table.contains("archive") +
                        (table.contains("sdist") || table.contains("wheels"));
    if (sources != 1) {
      refuse(place_, name + (sources == 0 ? " has no file and no source"
                                          : " has more than one of vcs, directory, archive and files"));
    }
    std::string line;
    if (table.contains("vcs")) {
      line = name + " @ " + vcs(name, member(table, "vcs"));
    } else if (table.contains("directory")) {
      line = name + " @ " + directory(member(table, "directory"));
    } else if (table.contains("archive")) {
      line = name + " @ " + archive(name, member(table, "archive"));
    } else {
      line = name + "==" + files(name, table);
    }
    if (!marker.empty()) line += " ; " + marker;
    if (!python::Requirement::parse(line))
      refuse(place("name"), "\"" + line + "\" cannot be asked for: it is not PEP 508");
    result_.requirements.push_back(std::move(line));
  }

  const Json& member(const Json& table, const std::string& key) const {
    if (!table[key].is_object()) refuse(place(key), place(key) + " must be a table");
    return table[key];
  }

  // What goes into a requirement as a URL: no white space, which would end it.
  std::string address(const std::string& value, const std::string& where) const {
    const bool bad = value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
                       return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
                     });
    if (bad) refuse(where, where + " = \"" + value + "\" is no address");
    return value;
  }

  // A path of the file's as the manifest's folder sees it.
  std::string here(const std::string& path, const std::string& where) const {
    if (path.empty()) refuse(where, where + " is empty");
    return (base_ / path).lexically_normal().generic_string();
  }

  std::string local(const std::string& path, const std::string& where) const {
    const std::string shown = python::encode_path(here(path, where));
    return shown.starts_with('/') ? "file://" + shown : shown.starts_with('.') ? shown : "./" + shown;
  }

  std::string fragment(const Json& table, const std::string& where, const std::string& before) const {
    const std::string subdirectory = optional_text(table, "subdirectory", where + ".subdirectory");
    if (subdirectory.empty()) return before.empty() ? "" : "#" + before;
    return "#" + before + (before.empty() ? "" : "&") +
           "subdirectory=" + address(subdirectory, where + ".subdirectory");
  }

  std::string vcs(const std::string& name, const Json& table) const {
    const std::string where = place("vcs");
    const std::string type = text(table, "type", where + ".type");
    if (type != "git") refuse(where, name + " comes from " + type + "; git alone can be locked");
    const std::string commit = address(text(table, "commit-id", where + ".commit-id"), where + ".commit-id");
    const std::string from =
        table.contains("url")
            ? address(text(table, "url", where + ".url"), where + ".url")
            : python::repository_at(here(text(table, "path", where + ".path"), where + ".path"));
    return "git+" + from + "@" + commit + fragment(table, where, "");
  }

  std::string directory(const Json& table) const {
    const std::string where = place("directory");
    return local(text(table, "path", where + ".path"), where + ".path") + fragment(table, where, "");
  }

  std::string archive(const std::string& name, const Json& table) {
    const std::string where = place("archive");
    const Sha256 digest = sha256_of(name, table, where);
    if (table.contains("url")) {
      std::string url = address(text(table, "url", where + ".url"), where + ".url");
      url.resize(std::min(url.find('#'), url.size()));
      return url + fragment(table, where, "sha256=" + digest.hex());
    }
    return local(text(table, "path", where + ".path"), where + ".path") +
           fragment(table, where, "sha256=" + digest.hex());
  }

  // The version, which the files' names tell where the table does not.
  std::string files(const std::string& name, const Json& table) {
    std::string version = optional_text(table, "version", place("version"));
    auto& allowed = result_.hashes[python::normalise_name(name)];
    if (table.contains("sdist")) {
      const Json& sdist = member(table, "sdist");
      allowed.push_back(sha256_of(name, sdist, place("sdist")));
      note_folder(sdist, place("sdist"));
    }
    if (table.contains("wheels")) {
      const Json& wheels = table["wheels"];
      if (!wheels.is_array()) refuse(place("wheels"), place("wheels") + " must be a list of tables");
      for (std::size_t i = 0; i < wheels.size(); ++i) {
        const std::string where = place("wheels") + "[" + std::to_string(i) + "]";
        if (!wheels[i].is_object()) refuse(where, where + " must be a table");
        allowed.push_back(sha256_of(name, wheels[i], where));
        note_folder(wheels[i], where);
        if (version.empty()) version = version_in_name(wheels[i], where);
      }
    }
    if (!python::Version::parse(version))
      refuse(place("version"), name + " has " + (version.empty() ? "no version" : "the version " + version) +
                                   ", which PEP 440 does not know");
    return version;
  }

  // Where no address is told, the file lies beside the lock.
  void note_folder(const Json& file, const std::string& where) {
    if (file.contains("url") || !file.contains("path")) return;
    result_.folders.push_back(
        fs::path(here(text(file, "path", where + ".path"), where + ".path")).parent_path().generic_string());
  }

  std::string version_in_name(const Json& wheel, const std::string& where) const {
    std::string file = optional_text(wheel, "name", where + ".name");
    for (const char* key : {"url", "path"}) {
      if (file.empty()) file = optional_text(wheel, key, where + "." + key);
    }
    const auto name = python::WheelName::parse(file.substr(file.rfind('/') + 1));
    return name ? name->version.str() : std::string();
  }

  Sha256 sha256_of(const std::string& name, const Json& file, const std::string& where) const {
    const auto hashes = file.find("hashes");
    if (hashes == file.end() || !hashes->is_object()) refuse(where, where + ".hashes is missing");
    const auto found = hashes->find("sha256");
    if (found == hashes->end()) {
      refuse(where, "a file of " + name + " has hashes, but no sha256",
             "make the file again with a tool that writes it");
    }
    const auto digest =
        found->is_string() ? Sha256::parse(to_lower(found->get<std::string>())) : std::nullopt;
    if (!digest) refuse(where, "a file of " + name + " has a sha256 that is none: 64 hexadecimal digits");
    return *digest;
  }

  const TomlDocument& document_;
  std::string file_;
  fs::path base_;
  const PylockWish& wish_;
  PylockChoice choice_;
  std::string place_;  // "packages[3]"
  PylockFile result_;
};

}  // namespace

bool is_pylock_name(std::string_view file_name) {
  if (file_name == "pylock.toml") return true;
  if (!file_name.starts_with("pylock.") || !file_name.ends_with(".toml")) return false;
  const std::string_view name = file_name.substr(7);
  return name.size() > 5 && name.find('.') == name.size() - 5;
}

PylockFile parse_pylock(std::string_view text, const std::string& name, const fs::path& base,
                        const PylockWish& wish) {
  const TomlDocument document = parse_toml(text, name);
  return Reader(document, name, base, wish).read();
}

PylockFile read_pylock(const fs::path& file, const fs::path& base, const PylockWish& wish) {
  return parse_pylock(read_file(file, largest_file), file.filename().string(), base, wish);
}

}  // namespace mlrepro
