// How an image in a registry is named, and what a registry asks of who pulls it (OCI distribution-spec 1.0).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::oci {

struct RegistryName {
  std::string host;        // with a port where it has one
  std::string repository;  // "team/image"
};

// "HOST/NAME" or "HOST/NAME:TAG", whose tag says nothing beside a digest; the first part is a host where it
// has a dot or a port, or is localhost, as with docker. Absent for anything else.
[[nodiscard]] std::optional<RegistryName> parse_registry_name(std::string_view place);

// What a registry's WWW-Authenticate asks for (RFC 6750; distribution's token flow): where a token is had.
struct TokenPlace {
  std::string realm;
  std::string service;
  std::string scope;
};
[[nodiscard]] std::optional<TokenPlace> parse_bearer(std::string_view header);

}  // namespace mlrepro::oci
