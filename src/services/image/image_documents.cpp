#include "services/image/image_documents.hpp"

#include <utility>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "services/image/canonicalisation.hpp"
#include "services/image/image_layers.hpp"
#include "services/image/wheel_layout.hpp"
#include "standards/oci/image_manifest.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_json = std::uint64_t{16} << 20;

using Environment = std::map<std::string, std::string>;

Environment environment_in(const fs::path& configuration) {
  Environment variables;
  const auto facts = oci::parse_configuration(read_file(configuration, most_json), configuration.string());
  for (const auto& line : facts.environment) {
    const auto equals = line.find('=');
    if (equals != std::string::npos && equals > 0)
      variables[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return variables;
}

Environment environment_of(const Lockfile& lock, const BlobStore& store) {
  Environment variables{{"LANG", "C.UTF-8"}, {"PATH", std::string(search_path)}};
  if (const auto& base = lock.os->base) {
    for (auto& [name, value] :
         environment_in(store.get(base->config_digest, "the configuration of the base image")))
      variables[name] = value;
  }
  const std::string own = "/" + std::string(environment_prefix) + "/bin";
  auto& path = variables["PATH"];
  // A base of our own making has it there.
  if (lock.python && path != own && !path.starts_with(own + ":")) path = own + ":" + path;
  return variables;
}

const char* words_of(LayerKind kind) {
  return kind == LayerKind::os ? "mlrepro: operating system" : "mlrepro: Python";
}

void add_base(const LockedBase& base, std::int64_t epoch, oci::Manifest& manifest,
              oci::Configuration& configuration) {
  for (const auto& layer : base.layers) {
    manifest.layers.push_back({layer.media_type, layer.digest, layer.size});
    configuration.diff_ids.push_back(layer.diff_id);
    configuration.history.push_back({epoch, "mlrepro: the base image " + base.digest.tagged()});
  }
}

std::string layer_names(const std::vector<Layer>& layers) {
  std::string names;
  for (const auto& layer : layers)
    names += (names.empty() ? "" : " ") + std::string(layer.kind == LayerKind::os ? "os" : "python");
  return names;
}

}  // namespace

ImageSection write_image_documents(const fs::path& folder, const Lockfile& lock, const BlobStore& store,
                                   ImageContent content) {
  const std::string id = lock.id().tagged();
  const std::int64_t epoch = lock.source_date_epoch();
  oci::Configuration configuration;
  configuration.created = epoch;
  configuration.architecture = oci::go_architecture(lock.os->architecture);
  Environment environment = environment_of(lock, store);
  for (const auto& [name, value] : content.environment)
    environment[name] = value;
  for (const auto& [name, value] : environment)
    configuration.environment.push_back(name + "=" + value);
  configuration.command = {lock.python ? std::string(environment_python) : std::string("/bin/sh")};
  configuration.labels = {{std::string(lock_label), id}};
  oci::Manifest manifest;
  manifest.annotations = {{std::string(lock_label), id},
                          {"org.opencontainers.image.created", format_rfc3339(epoch)}};
  if (const auto& base = lock.os->base) {
    manifest.annotations.emplace(base_annotation, base->digest.tagged());
    manifest.annotations.emplace(layers_annotation, layer_names(content.layers));
    manifest.annotations.emplace(tree_annotation,
                                 content.tree->digest.tagged() + " " + std::to_string(content.tree->size));
    add_base(*base, epoch, manifest, configuration);
  }
  for (const auto& layer : content.layers) {
    configuration.diff_ids.push_back(layer.digest);
    configuration.history.push_back({epoch, words_of(layer.kind)});
    manifest.layers.push_back({std::string(oci::layer_type), layer.digest, layer.size});
  }
  ImageSection section;
  section.canonicalisation = canonicalisation_version;
  section.wheels = std::move(content.wheels);
  section.diff_ids = configuration.diff_ids;
  const std::string config_text = oci::render(configuration);
  section.config_digest = sha256(config_text);
  manifest.config = {std::string(oci::config_type), section.config_digest, config_text.size()};
  const std::string manifest_text = oci::render(manifest);
  section.digest = sha256(manifest_text);
  write_file_atomically(folder / "config.json", config_text);
  write_file_atomically(folder / "manifest.json", manifest_text);
  return section;
}

std::map<std::string, std::string> image_environment(const fs::path& folder) {
  return environment_in(folder / "config.json");
}

}  // namespace mlrepro
