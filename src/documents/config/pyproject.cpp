#include "documents/config/pyproject.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "codec/toml.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace {

using python::normalise_name;

// Extras and groups by normalised name (PEP 685, PEP 735).
using Lists = std::map<std::string, const Json*>;

class Reader {
 public:
  Reader(const TomlDocument& document, std::string file) : document_(document), file_(std::move(file)) {
    if (const Json* table = member(document_.value, "project", "project")) project_ = table;
    if (project_ != nullptr) {
      if (const auto name = project_->find("name"); name != project_->end() && name->is_string())
        own_name_ = normalise_name(name->get<std::string>());
      if (const Json* table = member(*project_, "optional-dependencies", "project.optional-dependencies"))
        extras_ = lists(*table, "project.optional-dependencies");
    }
    if (const Json* table = member(document_.value, "dependency-groups", "dependency-groups"))
      groups_ = lists(*table, "dependency-groups");
  }

  Pyproject read(const PyprojectWish& wish) {
    if (project_ == nullptr && wish.groups.empty()) {
      refuse("", "there is no [project] table (PEP 621), so it names no dependencies",
             "list them under python.requirements in mlrepro.toml");
    }
    if (project_ != nullptr) dependencies();
    for (const auto& extra : wish.extras)
      add_extra(extra);
    std::vector<std::string> above;
    for (const auto& group : wish.groups)
      add_group(group, above);
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& key, const std::string& message, const std::string& hint = {},
                           const std::string& code = "bad-pyproject") const {
    const auto line = document_.lines.find(key);
    const std::string at = line == document_.lines.end() ? "" : ":" + std::to_string(line->second);
    throw Error(ErrorKind::input, code, file_ + at + ": " + message, hint);
  }

  const Json* member(const Json& table, const std::string& key, const std::string& place) const {
    const auto found = table.find(key);
    if (found == table.end()) return nullptr;
    if (!found->is_object()) refuse(place, place + " must be a table");
    return &*found;
  }

  Lists lists(const Json& table, const std::string& place) const {
    Lists out;
    for (const auto& [key, value] : table.items()) {
      if (!value.is_array()) refuse(place + "." + key, place + "." + key + " must be a list");
      if (!out.emplace(normalise_name(key), &value).second)
        refuse(place + "." + key, place + "." + key + " is there twice in other spellings");
    }
    return out;
  }

  void dependencies() {
    if (const auto python = project_->find("requires-python"); python != project_->end()) {
      if (!python->is_string()) refuse("project.requires-python", "project.requires-python must be a string");
      result_.requires_python = python->get<std::string>();
    }
    if (const auto dynamic = project_->find("dynamic"); dynamic != project_->end() && dynamic->is_array()) {
      for (const auto& key : *dynamic) {
        if (key == "dependencies" || key == "optional-dependencies") {
          refuse("project.dynamic",
                 "project." + key.get<std::string>() + " is dynamic: only a build would tell it",
                 "list the requirements under python.requirements in mlrepro.toml");
        }
      }
    }
    const auto list = project_->find("dependencies");
    if (list == project_->end()) return;
    if (!list->is_array()) refuse("project.dependencies", "project.dependencies must be a list");
    for (const auto& line : *list)
      add_line(line, "project.dependencies");
  }

  void add_line(const Json& line, const std::string& place) {
    const auto requirement =
        line.is_string() ? python::Requirement::parse(line.get<std::string>()) : std::nullopt;
    if (!requirement) refuse(place, place + ": " + line.dump() + " is not a PEP 508 requirement");
    // The project with its own extras stands for what these list.
    if (!own_name_.empty() && requirement->name == own_name_) {
      for (const auto& extra : requirement->extras)
        add_extra(extra);
      return;
    }
    if (seen_lines_.insert(requirement->str()).second)
      result_.requirements.push_back(line.get<std::string>());
  }

  const Json& find(const Lists& lists, const std::string& name, const std::string& what,
                   const std::string& place) const {
    const auto found = lists.find(normalise_name(name));
    if (found != lists.end()) return *found->second;
    std::vector<std::string> names;
    for (const auto& [known, list] : lists)
      names.push_back(known);
    const auto near = nearest(name, names);
    const std::string known = names.empty() ? "it has none" : "it has " + join(names, ", ");
    refuse("", "there is no " + what + " " + name + " in [" + place + "]",
           near ? "did you mean " + *near + "?" : known, "no-" + what);
  }

  void add_extra(const std::string& extra) {
    const Json& list = find(extras_, extra, "extra", "project.optional-dependencies");
    if (!seen_extras_.insert(normalise_name(extra)).second) return;
    for (const auto& line : list)
      add_line(line, "project.optional-dependencies." + extra);
  }

  // `above`: the groups that are being read, from the outermost.
  void add_group(const std::string& group, std::vector<std::string>& above) {
    const std::string name = normalise_name(group);
    const Json& list = find(groups_, group, "group", "dependency-groups");
    const std::string place = "dependency-groups." + group;
    if (std::find(above.begin(), above.end(), name) != above.end()) {
      above.push_back(name);
      refuse(place, "dependency groups include each other in a circle: " + join(above, " -> "));
    }
    if (!seen_groups_.insert(name).second) return;
    above.push_back(name);
    for (const auto& entry : list) {
      if (!entry.is_object()) {
        add_line(entry, place);
        continue;
      }
      const auto include = entry.find("include-group");
      if (entry.size() != 1 || include == entry.end() || !include->is_string())
        refuse(place,
               place + ": " + entry.dump() + " is neither a requirement nor {include-group = \"NAME\"}");
      add_group(include->get<std::string>(), above);
    }
    above.pop_back();
  }

  const TomlDocument& document_;
  std::string file_;
  const Json* project_ = nullptr;
  std::string own_name_;
  Lists extras_;
  Lists groups_;
  std::set<std::string> seen_lines_;
  std::set<std::string> seen_extras_;
  std::set<std::string> seen_groups_;
  Pyproject result_;
};

}  // namespace

Pyproject parse_pyproject(std::string_view text, const std::string& name, const PyprojectWish& wish) {
  const TomlDocument document = parse_toml(text, name);
  return Reader(document, name).read(wish);
}

Pyproject read_pyproject(const std::filesystem::path& file, const PyprojectWish& wish) {
  return parse_pyproject(read_file(file, 16U << 20), file.filename().string(), wish);
}

}  // namespace mlrepro
