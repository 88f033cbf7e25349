#include "services/init/proposal.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "codec/toml.hpp"
#include "documents/config/manifest.hpp"
#include "documents/config/pylock_file.hpp"
#include "documents/config/pyproject.hpp"
#include "services/init/base_image.hpp"
#include "services/init/dockerfile_source.hpp"
#include "services/init/manifest_text.hpp"
#include "services/init/requirements_source.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

enum class Kind { dockerfile, pyproject, pylock, requirements };

std::optional<Kind> kind_of(const fs::path& file) {
  const std::string name = to_lower(file.filename().string());
  if (name.find("dockerfile") != std::string::npos || name.find("containerfile") != std::string::npos)
    return Kind::dockerfile;
  if (is_pylock_name(name)) return Kind::pylock;
  if (name.ends_with(".toml")) return Kind::pyproject;
  if (name.ends_with(".txt") || name.ends_with(".in")) return Kind::requirements;
  return std::nullopt;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

class Proposer {
 public:
  Proposer(fs::path from, const fs::path& target)
      : from_(fs::absolute(from).lexically_normal()), target_(fs::absolute(target).lexically_normal()) {
    while (!from_.has_filename() && from_.has_parent_path() && from_ != from_.root_path())
      from_ = from_.parent_path();
  }

  ManifestProposal propose() {
    std::error_code ignored;
    if (fs::is_directory(from_, ignored)) {
      folder();
    } else if (is_file(from_)) {
      const auto kind = kind_of(from_);
      if (!kind) {
        throw Error(ErrorKind::input, "no-source",
                    "nothing is known to be read from " + from_.filename().string(),
                    "name a Dockerfile, a requirements.txt, a pyproject.toml, a pylock.toml or a folder");
      }
      file(from_, *kind);
      script(from_.parent_path());
    } else {
      throw Error(ErrorKind::input, "file-missing", from_.string() + " is no file and no folder",
                  "name a Dockerfile, a requirements.txt, a pyproject.toml, a pylock.toml or a folder");
    }
    interpreter();
    mounts();
    ManifestProposal result;
    result.text = manifest_text(draft_, source_);
    // Whatever stood in the sources, what is written can be read.
    (void)parse_manifest(result.text, "mlrepro.toml", target_);
    tell(result);
    return result;
  }

 private:
  // A path as the manifest names it: from its own folder.
  std::string shown(const fs::path& path) const {
    const fs::path relative = path.lexically_normal().lexically_relative(target_);
    return relative.empty() ? path.string() : relative.string();
  }

  void folder() {
    const std::pair<const char*, Kind> names[] = {{"Dockerfile", Kind::dockerfile},
                                                  {"Containerfile", Kind::dockerfile},
                                                  {"pyproject.toml", Kind::pyproject},
                                                  {"pylock.toml", Kind::pylock},
                                                  {"requirements.txt", Kind::requirements}};
    for (const auto& [name, kind] : names) {
      if (is_file(from_ / name) && file(from_ / name, kind)) break;
    }
    script(from_);
  }

  // False where the file says nothing of the environment.
  bool file(const fs::path& path, Kind kind) {
    source_ = shown(path);
    if (kind == Kind::dockerfile) {
      draft_dockerfile(draft_, path, [this](const fs::path& other) { return shown(other); });
      if (draft_.pyproject) pyproject(target_ / draft_.pyproject->value);
      return true;
    }
    if (kind == Kind::pyproject) return pyproject(path);
    if (kind == Kind::pylock) {
      draft_.requires_python = read_pylock(path, fs::path(source_).parent_path(), {}).requires_python;
      draft_.files.push_back({source_, {source_, 0}});
      return true;
    }
    draft_requirements_file(draft_, path, shown(path));
    return true;
  }

  bool pyproject(const fs::path& path) {
    const std::string name = shown(path);
    const TomlDocument document = parse_toml(read_file(path, 16U << 20), name);
    const auto line_of = [&](const std::string& key) {
      const auto found = document.lines.find(key);
      return Origin{name, found == document.lines.end() ? 0 : found->second};
    };
    if (document.value.contains("tool") && document.value["tool"].is_object() &&
        document.value["tool"].contains("poetry") && !document.value.contains("project")) {
      draft_.note("dependencies are listed for poetry alone: list them in [project] (PEP 621)",
                  line_of("tool.poetry"));
    }
    draft_.pyproject.reset();
    if (!document.value.contains("project")) return !draft_.notes.empty();
    try {
      const Pyproject read = read_pyproject(path, {});
      draft_.requires_python = read.requires_python;
      for (const auto& text : read.requirements) {
        const auto requirement = python::Requirement::parse(text);
        if (requirement && requirement->specifiers.exact_pin()) ++draft_.pins;
      }
      draft_.pyproject = DraftEntry{name, {name, 0}};
      for (const auto& [key, setting] :
           {std::pair("project.optional-dependencies", "extras"), std::pair("dependency-groups", "groups")}) {
        if (document.lines.contains(key))
          draft_.note(std::string(key) + " are there to be named in python." + setting, line_of(key));
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      draft_.note(error.message(), {});
    }
    return true;
  }

  // What is run where no Dockerfile says it.
  void script(const fs::path& folder) {
    if (draft_.command) return;
    for (const char* name : {"train.py", "main.py"}) {
      if (!is_file(folder / name)) continue;
      draft_.command = DraftCommand{{"python3", name}, {shown(folder / name), 0}};
      if (draft_.mounts.empty()) {
        if (!draft_.workdir) draft_.workdir = DraftEntry{"/app", {}};
        if (draft_.workdir->value != "/")
          draft_.mounts.push_back({shown(folder) + ":" + draft_.workdir->value, {}});
      }
      return;
    }
  }

  void interpreter() {
    const bool python = !draft_.requirements.empty() || !draft_.files.empty() || draft_.pyproject ||
                        draft_.python_version || draft_.os_packages.empty() ||
                        (draft_.command && draft_.command->words[0] == "python3");
    if (!draft_.suite) draft_.suite = DraftEntry{suite_for_project(), {}};
    if (!python) return;
    const bool named = std::any_of(draft_.os_packages.begin(), draft_.os_packages.end(),
                                   [](const auto& package) { return package.value == "python3"; });
    if (!named) {
      const Origin origin = draft_.python_version ? draft_.python_version->origin : Origin{};
      draft_.os_packages.insert(draft_.os_packages.begin(), {"python3", origin});
    }
    const std::string& suite = draft_.suite->value;
    const auto version = python_of_suite(suite);
    if (draft_.python_version && version != draft_.python_version->value) {
      draft_.note("Python " + draft_.python_version->value + ": the python3 of " + suite + " is " +
                      version.value_or("another"),
                  draft_.python_version->origin);
    }
    if (draft_.requires_python && !fits(suite)) {
      draft_.note("requires-python is " + *draft_.requires_python + ": the python3 of " + suite + " is " +
                      version.value_or("another"),
                  {});
    }
  }

  bool fits(const std::string& suite) const {
    const auto specifiers = python::SpecifierSet::parse(*draft_.requires_python);
    const auto minor = python_of_suite(suite);
    // Of a suite's point releases none is certain but that they are no first one.
    const auto version = minor ? python::Version::parse(*minor + ".2") : std::nullopt;
    return !specifiers || !version || specifiers->contains(*version);
  }

  std::string suite_for_project() const {
    if (draft_.requires_python) {
      for (const char* suite : {default_suite, "trixie", "bullseye"}) {
        if (fits(suite)) return suite;
      }
    }
    return default_suite;
  }

  // In the manifest's form; those that it cannot hold are noted.
  void mounts() {
    std::vector<DraftEntry> kept;
    for (auto& mount : draft_.mounts) {
      if (mount.value.starts_with(".:")) mount.value.insert(1, "/");
      if (!mount.value.starts_with('.') && !mount.value.starts_with('/')) mount.value.insert(0, "./");
      const auto parsed = parse_mount(mount.value);
      const bool twice = parsed && std::any_of(kept.begin(), kept.end(), [&](const auto& other) {
                           return parse_mount(other.value)->destination == parsed->destination;
                         });
      if (parsed && !twice) {
        kept.push_back(mount);
      } else {
        draft_.note(mount.value + ": the manifest cannot hold this mount", mount.origin);
      }
    }
    draft_.mounts = std::move(kept);
    if (draft_.workdir && !draft_.workdir->value.starts_with('/')) draft_.workdir.reset();
  }

  void tell(ManifestProposal& result) const {
    const auto add = [&](const std::string& key, const std::string& value, const Origin& origin) {
      result.taken.push_back({key, value, origin.file, origin.line});
    };
    add("os.suite", draft_.suite->value, draft_.suite->origin);
    for (const auto& entry : draft_.os_packages)
      add("os.packages", entry.value, entry.origin);
    for (const auto& entry : draft_.files)
      add("python.files", entry.value, entry.origin);
    if (draft_.pyproject) add("python.pyproject", draft_.pyproject->value, draft_.pyproject->origin);
    for (const auto& entry : draft_.requirements)
      add("python.requirements", entry.value, entry.origin);
    for (const auto& entry : draft_.constraints)
      add("python.constraints", entry.value, entry.origin);
    for (const auto& entry : draft_.extra_indexes)
      add("python.index", entry.value, entry.origin);
    if (draft_.index) add("python.index", draft_.index->value, draft_.index->origin);
    if (draft_.command) add("run.command", join(draft_.command->words, " "), draft_.command->origin);
    if (draft_.command && draft_.workdir) add("run.workdir", draft_.workdir->value, draft_.workdir->origin);
    for (const auto& entry : draft_.mounts)
      add("run.mounts", entry.value, entry.origin);
    for (const auto& [name, entry] : draft_.environment)
      add("run.env", name + "=" + entry.value, entry.origin);
    for (const auto& note : draft_.notes)
      result.left_out.push_back({note.value, note.origin.file, note.origin.line});
  }

  fs::path from_;
  fs::path target_;
  Draft draft_;
  std::string source_;
};

}  // namespace

ManifestProposal propose_manifest(const fs::path& from, const fs::path& target) {
  return Proposer(from, target).propose();
}

}  // namespace mlrepro
