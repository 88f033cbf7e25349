// OCI image-spec 1.0.2: descriptor, image manifest, image configuration, image layout. Values and their
// canonical JSON.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "codec/digest.hpp"
#include "codec/json.hpp"

namespace mlrepro::oci {

inline constexpr std::string_view manifest_type = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view config_type = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view layer_type =
    "application/vnd.oci.image.layer.v1.tar";  // not compressed: digest is diff_id
inline constexpr std::string_view index_type = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view layout_file = R"({"imageLayoutVersion":"1.0.0"})";

struct Descriptor {
  std::string media_type;
  Sha256 digest;
  std::uint64_t size = 0;
  bool operator==(const Descriptor&) const = default;
};

struct Manifest {
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
  std::map<std::string, std::string> annotations;
};

struct HistoryEntry {
  UnixTime created = 0;
  std::string created_by;
};

struct Configuration {
  UnixTime created = 0;
  std::string architecture;              // GOARCH: "amd64", "arm64"
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<std::string> command;      // Cmd
  std::map<std::string, std::string> labels;
  std::vector<Sha256> diff_ids;       // lowest layer first
  std::vector<HistoryEntry> history;  // one a layer
};

struct PlatformDescriptor {  // of an index
  Descriptor manifest;
  std::string os;            // "linux"; empty where it is not said
  std::string architecture;  // GOARCH
  std::string variant;
};

struct ConfigurationFacts {  // of a configuration that others wrote
  std::string os;
  std::string architecture;
  std::vector<std::string> environment;
  std::vector<Sha256> diff_ids;
};

// GOARCH for Debian's name of an architecture.
[[nodiscard]] std::string go_architecture(std::string_view debian);

// RFC 8785 form, no newline at the end: the digests are of these bytes.
[[nodiscard]] std::string render(const Manifest& manifest);
[[nodiscard]] std::string render(const Configuration& configuration);
// index.json of a layout that holds one image.
[[nodiscard]] std::string render_index(const Descriptor& manifest, std::string_view architecture);

// Inverse of render; other keys are passed over. Throws Error(input, "bad-manifest") with `name`.
[[nodiscard]] Manifest parse_manifest(std::string_view text, const std::string& name);

// When the image says it was made, of the text of its configuration; 0 where it does not say. Throws
// Error(input, "bad-json").
[[nodiscard]] UnixTime created(std::string_view configuration);

// The manifests of an image index, or of docker's manifest list; absent where the text is none. Throws as
// parse_manifest does.
[[nodiscard]] std::optional<std::vector<PlatformDescriptor>> parse_index(std::string_view text,
                                                                         const std::string& name);
// Throws Error(input, "bad-manifest") with `name`.
[[nodiscard]] ConfigurationFacts parse_configuration(std::string_view text, const std::string& name);

}  // namespace mlrepro::oci
