// Manifests, indexes and configurations of images that others made.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "standards/oci/image_manifest.hpp"

namespace {

template <typename Read>
void attempt(Read read) {
  try {
    (void)read();
  } catch (const mlrepro::Error&) {
    // What it may throw.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::oci;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([&] { return parse_manifest(text, "manifest"); });
  attempt([&] { return parse_index(text, "index"); });
  attempt([&] { return parse_configuration(text, "configuration"); });
  attempt([&] { return created(text); });
  return 0;
}
