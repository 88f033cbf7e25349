#include "standards/oci/image_manifest.hpp"

#include <array>
#include <utility>

#include "base/error.hpp"

namespace mlrepro::oci {
namespace {

Json to_json(const Descriptor& descriptor) {
  return {{"mediaType", descriptor.media_type},
          {"digest", descriptor.digest.tagged()},
          {"size", descriptor.size}};
}

Json to_json(const std::map<std::string, std::string>& texts) {
  Json json = Json::object();
  for (const auto& [key, value] : texts)
    json[key] = value;
  return json;
}

Descriptor parse_descriptor(const Json& json, const std::string& name) {
  const auto refuse = [&](const char* what) {
    throw Error(ErrorKind::input, "bad-manifest",
                name + " is no image manifest: a descriptor has no valid " + what);
  };
  Descriptor descriptor;
  if (!json.is_object() || !json.contains("mediaType") || !json["mediaType"].is_string()) refuse("mediaType");
  descriptor.media_type = json["mediaType"].get<std::string>();
  if (!json.contains("digest") || !json["digest"].is_string()) refuse("digest");
  const auto digest = Sha256::parse(json["digest"].get<std::string>());
  if (!digest) refuse("digest");
  descriptor.digest = *digest;
  if (!json.contains("size") || !json["size"].is_number_unsigned()) refuse("size");
  descriptor.size = json["size"].get<std::uint64_t>();
  return descriptor;
}

}  // namespace

std::string go_architecture(std::string_view debian) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> names{
      {{"armhf", "arm"},
       {"armel", "arm"},
       {"i386", "386"},
       {"ppc64el", "ppc64le"},
       {"mips64el", "mips64le"},
       {"loong64", "loong64"}}};
  for (const auto& [from, to] : names) {
    if (debian == from) return std::string(to);
  }
  return std::string(debian);
}

std::string render(const Manifest& manifest) {
  Json layers = Json::array();
  for (const auto& layer : manifest.layers)
    layers.push_back(to_json(layer));
  return canonical_json({{"schemaVersion", 2},
                         {"mediaType", manifest_type},
                         {"config", to_json(manifest.config)},
                         {"layers", std::move(layers)},
                         {"annotations", to_json(manifest.annotations)}});
}

std::string render(const Configuration& configuration) {
  Json settings = {{"Env", configuration.environment}, {"Labels", to_json(configuration.labels)}};
  if (!configuration.command.empty()) settings["Cmd"] = configuration.command;
  Json diff_ids = Json::array();
  for (const auto& digest : configuration.diff_ids)
    diff_ids.push_back(digest.tagged());
  Json history = Json::array();
  for (const auto& entry : configuration.history) {
    history.push_back({{"created", format_rfc3339(entry.created)}, {"created_by", entry.created_by}});
  }
  return canonical_json({{"created", format_rfc3339(configuration.created)},
                         {"architecture", configuration.architecture},
                         {"os", "linux"},
                         {"config", std::move(settings)},
                         {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}}},
                         {"history", std::move(history)}});
}

std::string render_index(const Descriptor& manifest, std::string_view architecture) {
  Json entry = to_json(manifest);
  entry["platform"] = {{"architecture", architecture}, {"os", "linux"}};
  return canonical_json(
      {{"schemaVersion", 2}, {"mediaType", index_type}, {"manifests", Json::array({std::move(entry)})}});
}

Manifest parse_manifest(std::string_view text, const std::string& name) {
  const Json json = parse_json(text, name);
  if (!json.is_object() || !json.contains("config") || !json.contains("layers") ||
      !json["layers"].is_array()) {
    throw Error(ErrorKind::input, "bad-manifest", name + " is no image manifest");
  }
  Manifest manifest;
  manifest.config = parse_descriptor(json["config"], name);
  for (const auto& layer : json["layers"])
    manifest.layers.push_back(parse_descriptor(layer, name));
  if (json.contains("annotations") && json["annotations"].is_object()) {
    for (const auto& [key, value] : json["annotations"].items()) {
      if (value.is_string()) manifest.annotations[key] = value.get<std::string>();
    }
  }
  return manifest;
}

namespace {

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

UnixTime created(std::string_view configuration) {
  const Json json = parse_json(configuration, "config.json");
  return json.is_object() ? parse_rfc3339(text_at(json, "created")).value_or(0) : 0;
}

std::optional<std::vector<PlatformDescriptor>> parse_index(std::string_view text, const std::string& name) {
  const Json json = parse_json(text, name);
  if (!json.is_object() || !json.contains("manifests") || !json["manifests"].is_array()) return std::nullopt;
  std::vector<PlatformDescriptor> list;
  for (const auto& item : json["manifests"]) {
    PlatformDescriptor entry;
    entry.manifest = parse_descriptor(item, name);
    if (const auto platform = item.find("platform"); platform != item.end() && platform->is_object()) {
      entry.os = text_at(*platform, "os");
      entry.architecture = text_at(*platform, "architecture");
      entry.variant = text_at(*platform, "variant");
    }
    list.push_back(std::move(entry));
  }
  return list;
}

ConfigurationFacts parse_configuration(std::string_view text, const std::string& name) {
  const Json json = parse_json(text, name);
  const auto refuse = [&](const char* what) {
    throw Error(ErrorKind::input, "bad-manifest",
                name + " is no image configuration: it has no valid " + what);
  };
  if (!json.is_object()) refuse("keys");
  ConfigurationFacts facts;
  facts.os = text_at(json, "os");
  facts.architecture = text_at(json, "architecture");
  const auto rootfs = json.find("rootfs");
  if (rootfs == json.end() || !rootfs->is_object() || !rootfs->contains("diff_ids") ||
      !(*rootfs)["diff_ids"].is_array())
    refuse("rootfs.diff_ids");
  for (const auto& item : (*rootfs)["diff_ids"]) {
    const auto digest = item.is_string() ? Sha256::parse(item.get_ref<const std::string&>()) : std::nullopt;
    if (!digest) refuse("rootfs.diff_ids");
    facts.diff_ids.push_back(*digest);
  }
  const auto settings = json.find("config");
  if (settings != json.end() && settings->is_object() && settings->contains("Env") &&
      (*settings)["Env"].is_array()) {
    for (const auto& item : (*settings)["Env"])
      if (item.is_string()) facts.environment.push_back(item.get<std::string>());
  }
  return facts;
}

}  // namespace mlrepro::oci
