// Blobs of an image in a registry (OCI distribution-spec 1.0, pull): over HTTPS, plain HTTP on loopback
// alone, with an anonymous token where the registry asks for one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/image/base_blobs.hpp"

namespace mlrepro {

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

// Into the store, each checked as it comes. Throws Error(surroundings, "http-status"|"network"|"offline")
// where they cannot be had, Error(input, "hash-mismatch") for other bytes.
void fetch_from_registry(const RegistryName& name, const std::vector<WantedBlob>& blobs, HttpClient& client,
                         const BlobStore& store, Progress& progress);

}  // namespace mlrepro
