#include "standards/python/build_system.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "codec/toml.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro::python {
namespace {

constexpr std::string_view legacy_backend = "setuptools.build_meta:__legacy__";
constexpr std::string_view legacy_requirement = "setuptools>=40.8.0";
constexpr std::size_t most_entries = 10'000;

// "module.name" or "module.name:object.name" (PEP 517, "build-backend").
bool is_object_reference(std::string_view text) {
  const auto halves = split(text, ':');
  if (halves.size() > 2) return false;
  return std::all_of(halves.begin(), halves.end(), [](std::string_view half) {
    const auto parts = split(half, '.');
    return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
      const bool digit_first = !part.empty() && part.front() >= '0' && part.front() <= '9';
      return !part.empty() && !digit_first && std::all_of(part.begin(), part.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      });
    });
  });
}

// "." and folders below it, as PEP 517 wants of backend-path.
bool stays_inside(std::string_view path) {
  if (path.empty() || path.starts_with('/') || path.find('\0') != std::string_view::npos) return false;
  const auto parts = split(path, '/');
  return std::find(parts.begin(), parts.end(), "..") == parts.end();
}

class Reader {
 public:
  Reader(const Json& document, const std::string& file) : document_(document), file_(file) {}

  SourceProject read() const {
    SourceProject out;
    out.build_system = build_system();
    out.project = project();
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::input, "bad-pyproject", file_ + ": " + why);
  }

  std::vector<std::string> texts(const Json& value, const std::string& key) const {
    if (!value.is_array() || value.size() > most_entries) refuse(key + " is no list of strings");
    std::vector<std::string> out;
    for (const auto& entry : value) {
      if (!entry.is_string()) refuse(key + " is no list of strings");
      out.push_back(entry.get<std::string>());
    }
    return out;
  }

  BuildSystem build_system() const {
    const auto table = document_.find("build-system");
    if (table == document_.end()) return BuildSystem::legacy();
    if (!table->is_object()) refuse("build-system is no table");
    BuildSystem out;
    const auto wanted = table->find("requires");
    if (wanted == table->end()) refuse("build-system.requires is missing");
    out.requires_ = texts(*wanted, "build-system.requires");
    for (const auto& line : out.requires_) {
      if (!Requirement::parse(line)) refuse("build-system.requires: \"" + line + "\" is not PEP 508");
    }
    if (const auto path = table->find("backend-path"); path != table->end()) {
      out.backend_path = texts(*path, "build-system.backend-path");
      for (const auto& folder : out.backend_path) {
        if (!stays_inside(folder)) refuse("build-system.backend-path leaves the source: " + folder);
      }
    }
    const auto backend = table->find("build-backend");
    if (backend == table->end()) {
      take_legacy_backend(out);
    } else {
      if (!backend->is_string() || !is_object_reference(backend->get<std::string>()))
        refuse("build-system.build-backend names no object of Python");
      out.backend = backend->get<std::string>();
    }
    return out;
  }

  static void take_legacy_backend(BuildSystem& out) {
    out.backend = legacy_backend;
    const bool named = std::any_of(out.requires_.begin(), out.requires_.end(), [](const auto& line) {
      return Requirement::parse(line)->name == "setuptools";
    });
    if (!named) out.requires_.emplace_back(legacy_requirement);
  }

  // What PEP 621 does not allow leaves it to the backend, which may take it all the same.
  std::optional<SourceProject::Static> project() const {
    const auto table = document_.find("project");
    if (table == document_.end() || !table->is_object()) return std::nullopt;
    std::set<std::string> dynamic;
    if (const auto list = table->find("dynamic"); list != table->end()) {
      if (!list->is_array()) return std::nullopt;
      for (const auto& field : *list) {
        if (!field.is_string()) return std::nullopt;
        dynamic.insert(field.get<std::string>());
      }
    }
    for (const char* field : {"dependencies", "optional-dependencies", "requires-python"}) {
      if (dynamic.contains(field)) return std::nullopt;
    }
    SourceProject::Static out;
    const auto name = table->find("name");
    if (name == table->end() || !name->is_string() || !is_valid_name(name->get<std::string>()))
      return std::nullopt;
    out.name = name->get<std::string>();
    if (const auto version = table->find("version"); version != table->end()) {
      if (!version->is_string()) return std::nullopt;
      out.version = Version::parse(version->get<std::string>());
      if (!out.version) return std::nullopt;
    } else if (!dynamic.contains("version")) {
      return std::nullopt;
    }
    out.metadata.name = out.name;
    if (out.version) out.metadata.version = *out.version;
    if (!take_requirements(*table, out.metadata)) return std::nullopt;
    return out;
  }

  static bool take_requirements(const Json& table, CoreMetadata& out) {
    if (const auto python = table.find("requires-python"); python != table.end()) {
      if (!python->is_string()) return false;
      out.requires_python = python->get<std::string>();
    }
    if (const auto list = table.find("dependencies"); list != table.end()) {
      if (!add_lines(*list, {}, out)) return false;
    }
    const auto extras = table.find("optional-dependencies");
    if (extras == table.end()) return true;
    if (!extras->is_object()) return false;
    for (const auto& [extra, list] : extras->items()) {
      if (!is_valid_name(extra)) return false;
      out.provides_extra.push_back(normalise_name(extra));
      if (!add_lines(list, out.provides_extra.back(), out)) return false;
    }
    return true;
  }

  static bool add_lines(const Json& list, const std::string& extra, CoreMetadata& out) {
    if (!list.is_array() || list.size() > most_entries) return false;
    for (const auto& line : list) {
      const auto requirement = line.is_string() ? Requirement::parse(line.get<std::string>()) : std::nullopt;
      if (!requirement) return false;
      if (extra.empty()) {
        out.requires_dist.push_back(line.get<std::string>());
        continue;
      }
      const std::string of_extra = "extra == \"" + extra + "\"";
      out.requires_dist.push_back(
          requirement->str_without_marker() + " ; " +
          (requirement->marker ? "(" + requirement->marker->str() + ") and " + of_extra : of_extra));
    }
    return true;
  }

  const Json& document_;
  const std::string& file_;
};

}  // namespace

BuildSystem BuildSystem::legacy() {
  return {{std::string(legacy_requirement)}, std::string(legacy_backend), {}};
}

SourceProject SourceProject::parse(std::string_view text, const std::string& file) {
  const TomlDocument document = parse_toml(text, file);
  return Reader(document.value, file).read();
}

}  // namespace mlrepro::python
