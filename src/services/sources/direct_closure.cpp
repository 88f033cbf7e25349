#include "services/sources/direct_closure.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "documents/config/direct_line.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"
#include "standards/python/wheel_metadata.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace {

using python::DirectRequirement;
using python::DirectUrl;

python::CoreMetadata wheel_metadata(const PythonFile& file, const BlobStore& store) {
  const auto said = python::read_wheel_text(store.get(file.sha256, file.name));
  if (auto metadata = python::metadata_of_wheel(file.name, said.metadata)) return std::move(*metadata);
  throw Error(ErrorKind::input, "bad-wheel",
              "the wheel " + file.name + " has no METADATA that fits its name and can be read");
}

std::string tree_file_name(const std::string& name, const python::Version& version) {
  std::string out = name;
  std::replace(out.begin(), out.end(), '-', '_');
  return out + "-" + version.str() + ".tar";
}

bool same_thing(const PythonDirect& package, const PythonFile& file, const PythonOrigin& origin) {
  const auto& other = package.origin;
  const bool same_vcs =
      other.vcs.has_value() == origin.vcs.has_value() &&
      (!other.vcs || (other.vcs->url == origin.vcs->url && other.vcs->commit == origin.vcs->commit));
  return same_vcs && other.url == origin.url && other.path == origin.path &&
         other.subdirectory == origin.subdirectory && package.file.sha256 == file.sha256;
}

// Absent for what an index would answer, and for what cannot be followed.
std::optional<DirectRequirement> direct_of(const std::string& line) {
  const auto requirement = python::Requirement::parse(line);
  if (!requirement || requirement->url.empty()) return std::nullopt;
  std::string why;
  return DirectRequirement::parse(line, why);
}

class Closure {
 public:
  Closure(const DirectWish& wish, const SourceStore& sources, const BlobStore& store, const ReadSource& read)
      : wish_(wish), sources_(sources), store_(store), read_(read) {}

  DirectClosure make() {
    for (const auto& line : wish_.lines)
      take_line(line);
    while (!out_.clash && follow()) {
    }
    for (auto& [name, package] : out_.packages) {
      for (auto& line : package.metadata.requires_dist) {
        if (const auto direct = direct_of(line)) line = direct->str();
      }
    }
    return std::move(out_);
  }

 private:
  void take_line(const std::string& line) {
    if (!python::is_direct(line)) {
      const auto requirement = python::Requirement::parse(line);
      if (requirement)
        extras_[requirement->name].insert(requirement->extras.begin(), requirement->extras.end());
      return;
    }
    DirectRequirement wanted = direct_requirement(line);
    // One without a name can only be passed over as a whole.
    if (wanted.marker && !wanted.marker->evaluate(wish_.environment, std::vector<std::string>{})) {
      if (!wanted.name.empty()) out_.lines[line] = wanted.str();
      return;
    }
    wanted.name = take(wanted, "mlrepro.toml");
    if (!out_.clash) out_.lines[line] = wanted.str();
  }

  // The name of what it is.
  std::string take(const DirectRequirement& wanted, const std::string& from) {
    const std::string text = wanted.url.str();
    const auto known = names_.find(text);
    if (known != names_.end()) {
      check_name(wanted, known->second);
      extras_[known->second].insert(wanted.extras.begin(), wanted.extras.end());
      return known->second;
    }
    const auto locked = wish_.locked.find(text);
    BroughtSource brought =
        sources_.bring(wanted.url, locked == wish_.locked.end() ? LockedSource() : locked->second);
    const bool wheel = !brought.tree && python::WheelName::parse(brought.file.name).has_value();
    python::CoreMetadata metadata =
        wheel ? wheel_metadata(brought.file, store_) : read_(wanted.name, brought.file, brought.origin);
    const std::string name = python::normalise_name(metadata.name);
    check_name(wanted, name);
    if (brought.tree) brought.file.name = tree_file_name(name, metadata.version);
    names_[text] = name;
    extras_[name].insert(wanted.extras.begin(), wanted.extras.end());
    const auto other = out_.packages.find(name);
    if (other == out_.packages.end()) {
      from_[name] = from;
      out_.packages[name] = {text, brought.source(), std::move(metadata), brought.file, brought.origin};
    } else if (!same_thing(other->second, brought.file, brought.origin)) {
      out_.clash = DirectClash{name, from_[name], other->second.url, from, text};
    }
    return name;
  }

  static void check_name(const DirectRequirement& wanted, const std::string& name) {
    if (wanted.name.empty() || wanted.name == name) return;
    throw Error(ErrorKind::input, "bad-requirement",
                "what lies at " + wanted.url.str() + " is " + name + ", not " + wanted.name,
                "write " + name + " @ " + wanted.url.str());
  }

  // A requirement for a URL in a package's metadata, where it may be followed.
  static std::optional<DirectRequirement> followed(const PythonDirect& package, const std::string& line) {
    auto direct = direct_of(line);
    if (!direct) return std::nullopt;
    // What came from afar names no files of this machine, and relative paths are relative to nothing.
    const bool local = direct->url.kind == DirectUrl::Kind::local || direct->url.url.starts_with("file:");
    const bool absolute = direct->url.kind == DirectUrl::Kind::local
                              ? direct->url.path.starts_with('/')
                              : !python::relative_repository(direct->url.url);
    if (local && (package.source != "path" || !absolute)) return std::nullopt;
    return direct;
  }

  // What the metadata of packages that are there name further. Returns whether there was anything new.
  bool follow() {
    const auto before = std::make_pair(names_.size(), count_extras());
    std::vector<std::string> names;
    for (const auto& [name, package] : out_.packages)
      names.push_back(name);
    for (const auto& name : names) {
      const PythonDirect package = out_.packages.at(name);
      const std::string from = name + " " + package.metadata.version.str();
      const std::vector<std::string> extras(extras_[name].begin(), extras_[name].end());
      for (const auto& line : package.metadata.requires_dist) {
        const auto requirement = python::Requirement::parse(line);
        if (!requirement || !requirement->applies(wish_.environment, extras)) continue;
        if (const auto direct = followed(package, line)) {
          (void)take(*direct, from);
          if (out_.clash) return false;
        } else {
          extras_[requirement->name].insert(requirement->extras.begin(), requirement->extras.end());
        }
      }
    }
    return before != std::make_pair(names_.size(), count_extras());
  }

  [[nodiscard]] std::size_t count_extras() const {
    std::size_t count = 0;
    for (const auto& [name, extras] : extras_)
      count += extras.size();
    return count;
  }

  const DirectWish& wish_;
  const SourceStore& sources_;
  const BlobStore& store_;
  const ReadSource& read_;
  DirectClosure out_;
  std::map<std::string, std::string> names_;  // canonical URL -> name
  std::map<std::string, std::string> from_;   // name -> who asked first
  std::map<std::string, std::set<std::string>> extras_;
};

}  // namespace

DirectClosure bring_direct(const DirectWish& wish, const SourceStore& sources, const BlobStore& store,
                           const ReadSource& read) {
  return Closure(wish, sources, store, read).make();
}

}  // namespace mlrepro
