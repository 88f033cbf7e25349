#include <algorithm>
#include <initializer_list>
#include <limits>
#include <set>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {
namespace {

constexpr const char* restore_hint =
    "restore it from version control, or run mlrepro lock --upgrade to write a new one";

// One object of the lock: every key must be there, none may be there that the schema does not know, unless
// the lock's revision is newer than ours.
class ObjectReader {
 public:
  ObjectReader(const Json& object, std::string place, const std::string& file, bool tolerant)
      : object_(object), place_(std::move(place)), file_(file), tolerant_(tolerant) {
    if (!object.is_object()) refuse(place_ + " must be an object");
  }

  void only(std::initializer_list<std::string_view> keys) const {
    if (tolerant_) return;
    for (const auto& [key, value] : object_.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) refuse("unknown key " + name(key));
    }
  }
  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }
  [[nodiscard]] const Json& at(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) refuse(name(key) + " is missing");
    return *found;
  }
  [[nodiscard]] std::string text(const char* key) const {
    const Json& value = at(key);
    if (!value.is_string()) refuse(name(key) + " must be a string");
    return value.get<std::string>();
  }
  [[nodiscard]] std::string filled(const char* key) const {
    std::string value = text(key);
    if (value.empty()) refuse(name(key) + " is empty");
    return value;
  }
  [[nodiscard]] bool flag(const char* key) const {
    const Json& value = at(key);
    if (!value.is_boolean()) refuse(name(key) + " must be true or false");
    return value.get<bool>();
  }
  [[nodiscard]] std::uint64_t number(const char* key) const {
    const Json& value = at(key);
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0 ||
        value.get<std::int64_t>() > (std::int64_t{1} << 53)) {
      refuse(name(key) + " must be a whole number");
    }
    return value.get<std::uint64_t>();
  }
  [[nodiscard]] int small_number(const char* key) const {
    const auto value = number(key);
    if (value > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
      refuse(name(key) + " is too large");
    return static_cast<int>(value);
  }
  [[nodiscard]] Sha256 digest(const char* key) const { return digest(at(key), name(key)); }
  [[nodiscard]] std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> list;
    for (const auto& item : array(key)) {
      if (!item.is_string()) refuse(name(key) + " must be a list of strings");
      list.push_back(item.get<std::string>());
    }
    return list;
  }
  [[nodiscard]] std::vector<Sha256> digests(const char* key) const {
    std::vector<Sha256> list;
    for (const auto& item : array(key))
      list.push_back(digest(item, name(key)));
    return list;
  }
  template <typename Read>
  auto objects(const char* key, const Read& read) const {
    std::vector<decltype(read(*this))> list;
    std::size_t index = 0;
    for (const auto& item : array(key)) {
      list.push_back(
          read(ObjectReader(item, name(key) + "[" + std::to_string(index++) + "]", file_, tolerant_)));
    }
    return list;
  }
  [[nodiscard]] ObjectReader object(const char* key) const { return {at(key), name(key), file_, tolerant_}; }

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::input, "bad-lock", file_ + " is not a valid lock: " + why, restore_hint);
  }

 private:
  [[nodiscard]] std::string name(const std::string& key) const {
    return place_.empty() ? key : place_ + "." + key;
  }
  [[nodiscard]] const Json& array(const char* key) const {
    const Json& value = at(key);
    if (!value.is_array()) refuse(name(key) + " must be a list");
    return value;
  }
  [[nodiscard]] Sha256 digest(const Json& value, const std::string& where) const {
    const auto parsed = value.is_string() ? Sha256::parse(value.get_ref<const std::string&>()) : std::nullopt;
    if (!parsed) refuse(where + " must be a SHA-256 digest");
    return *parsed;
  }

  const Json& object_;
  std::string place_;
  const std::string& file_;
  bool tolerant_;
};

LockedIndex read_index(const ObjectReader& object) {
  object.only({"component", "path", "size", "sha256"});
  return {object.text("component"), object.filled("path"), object.number("size"), object.digest("sha256")};
}

LockedRelease read_release(const ObjectReader& object) {
  object.only({"source", "suite", "sha256", "size", "date", "signed_by", "indexes"});
  LockedRelease release{object.filled("source"),
                        object.filled("suite"),
                        object.digest("sha256"),
                        object.number("size"),
                        object.text("date"),
                        object.texts("signed_by"),
                        object.objects("indexes", read_index)};
  if (!parse_rfc3339(release.date))
    object.refuse("the date of " + release.source + " is not an RFC 3339 time");
  return release;
}

OsPackage read_os_package(const ObjectReader& object) {
  object.only({"name", "version", "architecture", "source", "path", "size", "sha256", "requested",
               "essential", "required_by"});
  return {object.filled("name"),      object.filled("version"), object.filled("architecture"),
          object.filled("source"),    object.filled("path"),    object.number("size"),
          object.digest("sha256"),    object.flag("requested"), object.flag("essential"),
          object.texts("required_by")};
}

BaseLayer read_base_layer(const ObjectReader& object) {
  object.only({"media_type", "digest", "size"});
  return {object.filled("media_type"), object.digest("digest"), object.number("size"), {}};
}

BasePackage read_base_package(const ObjectReader& object) {
  object.only({"name", "version", "architecture", "requested", "required_by"});
  BasePackage package{
      object.filled("name"), object.filled("version"), object.filled("architecture"), false, {}};
  if (object.has("requested")) package.requested = object.flag("requested");
  if (object.has("required_by")) package.required_by = object.texts("required_by");
  return package;
}

LockedBase read_base(const ObjectReader& object) {
  object.only(
      {"reference", "digest", "size", "config_digest", "config_size", "layers", "diff_ids", "packages"});
  LockedBase base{object.filled("reference"),
                  object.digest("digest"),
                  object.number("size"),
                  object.digest("config_digest"),
                  object.number("config_size"),
                  object.objects("layers", read_base_layer),
                  object.objects("packages", read_base_package)};
  const auto diff_ids = object.digests("diff_ids");
  if (base.layers.empty() || diff_ids.size() != base.layers.size())
    object.refuse("the base image has not one diff_id for each of its layers");
  for (std::size_t i = 0; i < diff_ids.size(); ++i)
    base.layers[i].diff_id = diff_ids[i];
  return base;
}

OsSection read_os(const ObjectReader& object) {
  object.only({"distribution", "suite", "architecture", "base", "releases", "packages"});
  OsSection os{object.filled("distribution"), object.filled("suite"), object.filled("architecture"),
               object.objects("releases", read_release), object.objects("packages", read_os_package)};
  if (object.has("base")) os.base = read_base(object.object("base"));
  return os;
}

PythonFile read_file_pin(const ObjectReader& object) {
  object.only({"name", "size", "sha256"});
  PythonFile file{object.filled("name"), object.number("size"), object.digest("sha256")};
  if (file.name.find('/') != std::string::npos) object.refuse("\"" + file.name + "\" is not a file name");
  return file;
}

VcsPin read_vcs(const ObjectReader& object) {
  object.only({"url", "commit", "tree"});
  VcsPin pin{object.filled("url"), object.filled("commit"), object.filled("tree")};
  for (const auto& id : {pin.commit, pin.tree}) {
    if (id.size() != 40 || id.find_first_not_of("0123456789abcdef") != std::string::npos)
      object.refuse("\"" + id + "\" is not the name of a git object");
  }
  return pin;
}

std::optional<PythonOrigin> read_origin(const ObjectReader& object) {
  PythonOrigin origin;
  const int kinds = object.has("url") + object.has("path") + object.has("vcs");
  if (kinds > 1) object.refuse("a package has one of url, path and vcs");
  if (kinds == 0) return std::nullopt;
  if (object.has("url")) origin.url = object.filled("url");
  if (object.has("path")) origin.path = object.filled("path");
  if (object.has("vcs")) origin.vcs = read_vcs(object.object("vcs"));
  if (object.has("subdirectory")) origin.subdirectory = object.filled("subdirectory");
  if (object.has("described")) origin.described = object.filled("described");
  return origin;
}

PythonPackage read_python_package(const ObjectReader& object) {
  object.only({"name", "version", "source", "file", "url", "path", "vcs", "subdirectory", "described",
               "requires", "extras", "requested", "required_by"});
  return {object.filled("name"),    object.filled("version"),
          object.filled("source"),  read_file_pin(object.object("file")),
          object.texts("requires"), object.texts("extras"),
          object.flag("requested"), object.texts("required_by"),
          read_origin(object)};
}

PythonBuild read_build(const ObjectReader& object) {
  object.only({"name", "version", "source", "backend", "backend_path", "requires", "packages"});
  return {object.filled("name"),
          object.filled("version"),
          object.digest("source"),
          object.filled("backend"),
          object.texts("backend_path"),
          object.texts("requires"),
          object.objects("packages", read_python_package)};
}

PythonSection read_python(const ObjectReader& object) {
  object.only({"interpreter", "packages", "builds"});
  const ObjectReader interpreter = object.object("interpreter");
  interpreter.only({"package", "version", "implementation", "libc", "tags"});
  PythonSection section{
      {interpreter.text("package"), interpreter.filled("version"), interpreter.text("implementation"),
       interpreter.text("libc"), interpreter.texts("tags")},
      object.objects("packages", read_python_package),
      {}};
  if (object.has("builds")) section.builds = object.objects("builds", read_build);
  return section;
}

LockedData read_data(const ObjectReader& object) {
  object.only({"path", "size", "sha256"});
  return {object.filled("path"), object.number("size"), object.digest("sha256")};
}

ImageSection read_image(const ObjectReader& object) {
  object.only({"digest", "config_digest", "diff_ids", "canonicalisation", "wheels"});
  ImageSection image{object.digest("digest"),
                     object.digest("config_digest"),
                     object.digests("diff_ids"),
                     object.small_number("canonicalisation"),
                     {}};
  if (object.has("wheels")) image.wheels = object.objects("wheels", read_file_pin);
  return image;
}

LockTarget read_target(const ObjectReader& object) {
  object.only({"platform", "os", "python", "image"});
  LockTarget target{object.filled("platform"), {}, {}, {}};
  if (object.has("os")) target.os = read_os(object.object("os"));
  if (object.has("python")) target.python = read_python(object.object("python"));
  if (object.has("image")) target.image = read_image(object.object("image"));
  return target;
}

// Names choose among targets, so none is there twice, and all are for a platform that is known.
void check_targets(const Lockfile& lock, const ObjectReader& top) {
  if (lock.targets.empty()) return;
  std::set<std::string> seen;
  for (const auto& name : lock.target_names()) {
    if (name.machine().empty()) top.refuse("\"" + name.platform + "\" is no platform that is known");
    if (!seen.insert(name.str()).second) top.refuse("the target " + name.str() + " is there twice");
  }
}

}  // namespace

Lockfile parse_lockfile(std::string_view text, const std::string& name) {
  Json json;
  try {
    json = parse_json(text, name);
  } catch (const Error& error) {
    throw Error(ErrorKind::input, "bad-lock", error.message(), restore_hint);
  }
  const ObjectReader head(json, "", name, true);
  const int version = head.small_number("version");
  const int revision = head.small_number("revision");
  if (version > lock_version) {
    throw Error(ErrorKind::input, "lock-version",
                name + " has lock version " + std::to_string(version) + "; this mlrepro reads version " +
                    std::to_string(lock_version),
                "use a newer mlrepro");
  }
  if (version < 1) head.refuse("version must be 1 or more");
  const ObjectReader top(json, "", name, revision > lock_revision);
  top.only({"version", "revision", "inputs", "os", "python", "targets", "data", "image"});
  Lockfile lock;
  lock.inputs = top.at("inputs");
  if (!lock.inputs.is_object()) top.refuse("inputs must be an object");
  if (top.has("os")) lock.os = read_os(top.object("os"));
  if (top.has("python")) lock.python = read_python(top.object("python"));
  if (top.has("targets")) lock.targets = top.objects("targets", read_target);
  lock.data = top.objects("data", read_data);
  if (top.has("image")) lock.image = read_image(top.object("image"));
  check_targets(lock, top);
  return lock;
}

Lockfile read_lockfile(const std::filesystem::path& file) {
  try {
    return parse_lockfile(read_file(file), file.filename().string());
  } catch (Error& error) {
    if (error.code() != "file-missing") throw;
    throw Error(ErrorKind::input, "no-lock",
                "there is no " + file.filename().string() + " beside the manifest", "run mlrepro lock first");
  }
}

}  // namespace mlrepro
