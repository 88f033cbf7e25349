#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/yaml/yaml_document.hpp"
#include "base/error.hpp"
#include "standards/gpu/cdi_spec.hpp"

// What is taken has absolute paths without "..", and leaves root and device folder alone.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto check = [](const gpu::CdiEdits& edits) {
    for (const auto& mount : edits.mounts) {
      if (!mount.container.starts_with('/') || mount.container == "/" ||
          (mount.container + "/").find("/../") != std::string::npos)
        std::abort();
    }
    for (const auto& node : edits.devices) {
      if (!node.container.starts_with("/dev/") || !node.host.starts_with('/')) std::abort();
    }
  };
  try {
    const auto spec = gpu::parse_cdi_spec(parse_yaml(text, "spec"), "spec");
    check(spec.edits);
    for (const auto& device : spec.devices)
      check(device.edits);
  } catch (const Error&) {
    return 0;
  }
  return 0;
}
