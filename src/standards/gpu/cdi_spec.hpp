// Container Device Interface specifications, versions 0.3.0 to 1.1.0 (cncf-tags/container-device-interface,
// SPEC.md): what a vendor says a container must be given for a device.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "codec/json.hpp"

namespace mlrepro::gpu {

struct CdiMount {
  std::string host;       // absolute, without ".."
  std::string container;  // likewise, and not the root
};

struct CdiDeviceNode {
  std::string host;       // absolute
  std::string container;  // below /dev
};

// A link that a createContainer hook of nvidia-ctk would make.
struct CdiLink {
  std::string target;
  std::string link;  // absolute
};

struct CdiEdits {
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<CdiDeviceNode> devices;
  std::vector<CdiMount> mounts;
  std::vector<CdiLink> links;  // as `nvidia-ctk hook create-symlinks --link TARGET::LINK` says
  std::size_t hooks = 0;       // programs that the specification wants to be run
};

struct CdiDevice {
  std::string name;  // "0", "all", "GPU-..."
  CdiEdits edits;
};

struct CdiSpec {
  std::string kind;  // "nvidia.com/gpu"
  std::vector<CdiDevice> devices;
  CdiEdits edits;  // for any of its devices
};

// Throws Error(input, "bad-cdi") with `name` and the key that is wrong: an unknown version, a kind or a
// device name that is none, a path that is not absolute or has "..", a mount over the root, a device node
// outside /dev.
[[nodiscard]] CdiSpec parse_cdi_spec(const Json& document, const std::string& name);

}  // namespace mlrepro::gpu
