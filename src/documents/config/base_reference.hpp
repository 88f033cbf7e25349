// `os.base = "oci:PLACE@sha256:..."`: an image that the packages are added to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/digest.hpp"

namespace mlrepro {

struct BaseReference {
  // An OCI layout (folder, or a tar of it) or HOST/NAME of a registry: told apart where it is opened.
  std::string place;
  Sha256 digest;  // of its manifest, or of the index that lists one for each platform
};

inline constexpr std::string_view base_reference_form = "oci:PATH@sha256:DIGEST or oci:HOST/NAME@sha256:DIGEST";

// Whether the value of os.base means an image, and no set of packages.
[[nodiscard]] bool is_base_reference(std::string_view text);
// Absent where it is not of the form above.
[[nodiscard]] std::optional<BaseReference> parse_base_reference(std::string_view text);

}  // namespace mlrepro
