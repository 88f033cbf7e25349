#include "documents/lockfile/lockfile.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace mlrepro {
namespace {

Json texts(const std::vector<std::string>& list) {
  Json json = Json::array();
  for (const auto& item : list)
    json.push_back(item);
  return json;
}

Json to_json(const LockedRelease& release) {
  Json indexes = Json::array();
  for (const auto& index : release.indexes) {
    indexes.push_back({{"component", index.component},
                       {"path", index.path},
                       {"size", index.size},
                       {"sha256", index.sha256.hex()}});
  }
  return {{"source", release.source}, {"suite", release.suite}, {"sha256", release.sha256.hex()},
          {"size", release.size},     {"date", release.date},   {"signed_by", texts(release.signed_by)},
          {"indexes", indexes}};
}

Json to_json(const OsPackage& package) {
  return {{"name", package.name},
          {"version", package.version},
          {"architecture", package.architecture},
          {"source", package.source},
          {"path", package.path},
          {"size", package.size},
          {"sha256", package.sha256.hex()},
          {"requested", package.requested},
          {"essential", package.essential},
          {"required_by", texts(package.required_by)}};
}

Json to_json(const BasePackage& package) {
  Json json = {{"name", package.name}, {"version", package.version}, {"architecture", package.architecture}};
  if (package.requested) json["requested"] = true;
  if (!package.required_by.empty()) json["required_by"] = texts(package.required_by);
  return json;
}

Json to_json(const LockedBase& base) {
  Json layers = Json::array();
  Json diff_ids = Json::array();
  for (const auto& layer : base.layers) {
    layers.push_back(
        {{"media_type", layer.media_type}, {"digest", layer.digest.tagged()}, {"size", layer.size}});
    diff_ids.push_back(layer.diff_id.tagged());
  }
  Json packages = Json::array();
  for (const auto& package : base.packages)
    packages.push_back(to_json(package));
  return {{"reference", base.reference},
          {"digest", base.digest.tagged()},
          {"size", base.size},
          {"config_digest", base.config_digest.tagged()},
          {"config_size", base.config_size},
          {"layers", layers},
          {"diff_ids", diff_ids},
          {"packages", packages}};
}

Json to_json(const OsSection& os) {
  Json releases = Json::array();
  for (const auto& release : os.releases)
    releases.push_back(to_json(release));
  Json packages = Json::array();
  for (const auto& package : os.packages)
    packages.push_back(to_json(package));
  Json json = {{"distribution", os.distribution}, {"suite", os.suite}, {"architecture", os.architecture}};
  if (os.base) json["base"] = to_json(*os.base);
  json["releases"] = releases;
  json["packages"] = packages;
  return json;
}

Json to_json(const PythonFile& file) {
  return {{"name", file.name}, {"size", file.size}, {"sha256", file.sha256.hex()}};
}

Json to_json(const PythonPackage& package) {
  Json json = {{"name", package.name},
               {"version", package.version},
               {"source", package.source},
               {"file", to_json(package.file)}};
  if (package.origin) {
    const auto& origin = *package.origin;
    if (!origin.url.empty()) json["url"] = origin.url;
    if (!origin.path.empty()) json["path"] = origin.path;
    if (origin.vcs)
      json["vcs"] = {{"url", origin.vcs->url}, {"commit", origin.vcs->commit}, {"tree", origin.vcs->tree}};
    if (!origin.subdirectory.empty()) json["subdirectory"] = origin.subdirectory;
    if (!origin.described.empty()) json["described"] = origin.described;
  }
  json["requires"] = texts(package.requires_);
  json["extras"] = texts(package.extras);
  json["requested"] = package.requested;
  json["required_by"] = texts(package.required_by);
  return json;
}

Json packages_json(const std::vector<PythonPackage>& packages) {
  Json list = Json::array();
  for (const auto& package : packages)
    list.push_back(to_json(package));
  return list;
}

Json to_json(const PythonBuild& build) {
  return {{"name", build.name},
          {"version", build.version},
          {"source", build.source.hex()},
          {"backend", build.backend},
          {"backend_path", texts(build.backend_path)},
          {"requires", texts(build.requires_)},
          {"packages", packages_json(build.packages)}};
}

Json to_json(const PythonSection& python) {
  const auto& interpreter = python.interpreter;
  Json json = {{"interpreter",
                {{"package", interpreter.package},
                 {"version", interpreter.version},
                 {"implementation", interpreter.implementation},
                 {"libc", interpreter.libc},
                 {"tags", texts(interpreter.tags)}}},
               {"packages", packages_json(python.packages)}};
  for (const auto& build : python.builds)
    json["builds"].push_back(to_json(build));
  return json;
}

Json to_json(const ImageSection& image) {
  Json diff_ids = Json::array();
  for (const auto& diff_id : image.diff_ids)
    diff_ids.push_back(diff_id.tagged());
  Json json = {{"digest", image.digest.tagged()},
               {"config_digest", image.config_digest.tagged()},
               {"diff_ids", diff_ids},
               {"canonicalisation", image.canonicalisation}};
  for (const auto& wheel : image.wheels)
    json["wheels"].push_back(to_json(wheel));
  return json;
}

Json to_json(const LockTarget& target) {
  Json json = {{"platform", target.platform}};
  if (target.os) json["os"] = to_json(*target.os);
  if (target.python) json["python"] = to_json(*target.python);
  if (target.image) json["image"] = to_json(*target.image);
  return json;
}

Json without_images(Json json) {
  json.erase("image");
  if (const auto targets = json.find("targets"); targets != json.end()) {
    for (auto& target : *targets)
      target.erase("image");
  }
  return json;
}

Json data_json(const std::vector<LockedData>& data) {
  Json list = Json::array();
  for (const auto& item : data) {
    list.push_back({{"path", item.path}, {"size", item.size}, {"sha256", item.sha256.hex()}});
  }
  return list;
}

}  // namespace

Json to_json(const Lockfile& lock) {
  Json json = {{"version", lock_version}, {"revision", lock_revision}, {"inputs", lock.inputs}};
  if (lock.os) json["os"] = to_json(*lock.os);
  if (lock.python) json["python"] = to_json(*lock.python);
  for (const auto& target : lock.targets)
    json["targets"].push_back(to_json(target));
  json["data"] = data_json(lock.data);
  if (lock.image) json["image"] = to_json(*lock.image);
  return json;
}

std::map<std::string, std::string> OsSection::installed() const {
  std::map<std::string, std::string> versions;
  for (const auto& package : packages)
    versions.emplace(package.name, package.version);
  if (base) {
    for (const auto& package : base->packages)
      versions.emplace(package.name, package.version);
  }
  return versions;
}

Sha256 Lockfile::id() const {
  return whole_id ? *whole_id : sha256(canonical_json(without_images(to_json(*this))));
}

std::vector<std::pair<std::string, Sha256>> Lockfile::section_digests() const {
  std::vector<std::pair<std::string, Sha256>> digests;
  Json json = without_images(to_json(*this));
  if (image) json["image"] = to_json(*image);
  for (const auto& [key, section] : json.items()) {
    if (section.is_structured()) digests.emplace_back(key, sha256(canonical_json(section)));
  }
  return digests;
}

std::int64_t Lockfile::source_date_epoch() const {
  constexpr std::int64_t zip_epoch = 315532800;
  std::int64_t newest = zip_epoch;
  if (os) {
    for (const auto& release : os->releases) {
      newest = std::max(newest, parse_rfc3339(release.date).value_or(zip_epoch));
    }
  }
  return newest;
}

std::string render_lockfile(const Lockfile& lock) {
  return pretty_json(to_json(lock));
}

}  // namespace mlrepro
