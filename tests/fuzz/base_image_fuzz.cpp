// What a base image and its registry say of themselves: dpkg's status, names, a registry's challenge.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "services/image/installed_packages.hpp"
#include "standards/oci/registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto installed = parse_installed(text);
    for (const auto& package : installed.packages)
      if (package.name.empty() || package.version.empty()) std::abort();
  } catch (const Error&) {
    // What it may throw.
  }
  if (const auto name = oci::parse_registry_name(text);
      name && (name->host.empty() || name->repository.empty()))
    std::abort();
  (void)oci::parse_bearer(text);
  return 0;
}
