#include "services/run/gpu_devices.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "adapters/yaml/yaml_document.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "services/run/docker_syntax.hpp"
#include "standards/gpu/cdi_spec.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t largest_spec = 4U << 20;
constexpr std::string_view gpu_kind = "nvidia.com/gpu";

// In order of rising weight: the specification's own rule for a device that several folders have.
std::vector<fs::path> spec_folders() {
  if (const auto named = environment(env::cdi_dir)) return {fs::absolute(*named)};
  return {"/etc/cdi", "/var/run/cdi"};
}

struct Folder {
  fs::path path;
  std::vector<gpu::CdiSpec> specs;  // of GPUs
};

Folder read_folder(const fs::path& path) {
  Folder folder{path, {}};
  std::error_code ignored;
  for (const auto& name : names_in(path)) {
    const fs::path file = path / name;
    const std::string extension = file.extension().string();
    const bool yaml = extension == ".yaml" || extension == ".yml";
    if ((!yaml && extension != ".json") || !fs::is_regular_file(file, ignored)) continue;
    const std::string text = read_file(file, largest_spec);
    auto spec = gpu::parse_cdi_spec(yaml ? parse_yaml(text, file.string()) : parse_json(text, file.string()),
                                    file.string());
    if (spec.kind == gpu_kind) folder.specs.push_back(std::move(spec));
  }
  return folder;
}

struct Named {
  const gpu::CdiSpec* spec = nullptr;
  const gpu::CdiDevice* device = nullptr;
};

std::map<std::string, Named> devices_by_name(const std::vector<Folder>& folders) {
  std::map<std::string, Named> devices;
  for (const auto& folder : folders) {
    std::set<std::string> here;
    for (const auto& spec : folder.specs) {
      for (const auto& device : spec.devices) {
        if (!here.insert(device.name).second) {
          throw Error(ErrorKind::input, "bad-cdi",
                      "two CDI specifications in " + folder.path.string() + " have the device " +
                          std::string(gpu_kind) + "=" + device.name,
                      "take one of them away");
        }
        devices[device.name] = {&spec, &device};
      }
    }
  }
  return devices;
}

bool is_library(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with("lib") ? name.ends_with(".so") || name.find(".so.") != std::string::npos
                                 : name.ends_with("_drv.so") || name.ends_with("_gbm.so");
}

bool is_program(const fs::path& file) {
  const std::string folder = file.parent_path().filename().string();
  return (folder == "bin" || folder == "sbin") && file.filename().string().starts_with("nvidia-");
}

void take(const gpu::CdiEdits& edits, GpuDevices& into) {
  into.environment.insert(into.environment.end(), edits.environment.begin(), edits.environment.end());
  for (const auto& node : edits.devices)
    into.nodes.push_back({node.host, node.container});
  for (const auto& mount : edits.mounts) {
    std::error_code ignored;
    if (!fs::exists(mount.host, ignored)) {
      throw Error(ErrorKind::surroundings, "gpu-driver",
                  "the CDI specification names " + mount.host + ", which is not there",
                  "the driver has changed since: nvidia-ctk cdi generate writes a new one");
    }
    const bool file = fs::is_regular_file(mount.host, ignored);
    if (file && is_library(mount.container)) {
      into.libraries.emplace_back(mount.host);
    } else if (file && is_program(mount.container)) {
      into.programs.emplace_back(mount.host);
    } else {
      into.others.push_back({mount.host, mount.container});
    }
  }
  for (const auto& link : edits.links) {
    if (is_library(link.link))
      into.links.emplace_back(fs::path(link.target).filename().string(),
                              fs::path(link.link).filename().string());
  }
  into.hooks += edits.hooks;
}

GpuDevices specified(const GpuChoice& choice, const std::map<std::string, Named>& known) {
  std::vector<std::string> names = choice.devices;
  if (choice.all && known.contains("all")) {
    names = {"all"};
  } else if (choice.all) {
    for (const auto& [name, device] : known)
      names.push_back(name);
  }
  GpuDevices devices;
  std::set<const gpu::CdiSpec*> taken;
  for (const auto& name : names) {
    const auto found = known.find(name);
    if (found == known.end()) {
      std::vector<std::string> all;
      for (const auto& [each, device] : known)
        all.push_back(each);
      throw Error(ErrorKind::input, "bad-gpus",
                  "--gpus device=" + name + ": the CDI specifications of " + std::string(gpu_kind) +
                      " have no such device, only " + join(all, ", "),
                  "mlrepro run --gpus all takes all of them");
    }
    if (taken.insert(found->second.spec).second) take(found->second.spec->edits, devices);
    take(found->second.device->edits, devices);
  }
  return devices;
}

}  // namespace

GpuChoice parse_gpus(const std::string& text) {
  check_text(text, "bad-gpus", "--gpus " + text);
  std::string_view rest = text;
  if (rest.size() > 1 && rest.front() == '"' && rest.back() == '"') rest = rest.substr(1, rest.size() - 2);
  if (rest.empty() || rest == "none") return {};
  if (rest == "all") return {true, {}};
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorKind::input, "bad-gpus", "--gpus " + text + ": " + why,
                 "all, none, or device=0,1 with the numbers or UUIDs that nvidia-smi -L prints");
  };
  if (!rest.starts_with("device=")) throw refuse("neither all, none nor device=LIST");
  GpuChoice choice;
  for (const auto part : split(rest.substr(7), ',')) {
    const std::string name(trim(part));
    if (name.empty()) throw refuse("the list of devices has an empty place");
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
             c == ':';
    });
    if (!plain) throw refuse("\"" + name + "\" is neither a number nor a UUID");
    if (std::find(choice.devices.begin(), choice.devices.end(), name) != choice.devices.end())
      throw refuse("the device " + name + " is there twice");
    choice.devices.push_back(name);
  }
  return choice;
}

GpuDevices find_gpu_devices(const GpuChoice& choice) {
  std::vector<Folder> folders;
  std::vector<std::string> looked;
  for (const auto& path : spec_folders()) {
    folders.push_back(read_folder(path));
    looked.push_back(path.string());
  }
  const auto known = devices_by_name(folders);
  if (!known.empty()) return specified(choice, known);
  return discover_gpu_devices(
      choice, environment(env::driver_root).value_or("/"),
      "no CDI specification of " + std::string(gpu_kind) + " in " + join(looked, " or "));
}

}  // namespace mlrepro
