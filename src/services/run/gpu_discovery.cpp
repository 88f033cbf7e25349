// Without a specification: what nvidia-container-toolkit looks for (nvcdi, lib-nvml and driver discovery).

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/text.hpp"
#include "services/run/gpu_devices.hpp"
#include "standards/elf/loader_cache.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::array usual_folders{"usr/lib/x86_64-linux-gnu",
                                   "usr/lib/aarch64-linux-gnu",
                                   "usr/lib/x86_64-linux-gnu/nvidia/current",
                                   "usr/lib/aarch64-linux-gnu/nvidia/current",
                                   "usr/lib64",
                                   "usr/lib64/nvidia",
                                   "usr/lib",
                                   "usr/lib/nvidia",
                                   "lib64",
                                   "usr/local/nvidia/lib64",
                                   "usr/local/lib",
                                   "run/opengl-driver/lib"};
constexpr std::array program_folders{"usr/bin",       "usr/sbin", "bin", "usr/local/nvidia/bin",
                                     "usr/local/bin", "opt/bin"};
constexpr std::array programs{"nvidia-smi", "nvidia-debugdump", "nvidia-persistenced",
                              "nvidia-cuda-mps-control", "nvidia-cuda-mps-server"};
constexpr std::array control_nodes{"nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset"};

// "535.104.05" of "libcuda.so.535.104.05"; absent for libcuda.so and libcuda.so.1.
std::optional<std::string> version_of(std::string_view name) {
  constexpr std::string_view stem = "libcuda.so.";
  if (!name.starts_with(stem)) return std::nullopt;
  name.remove_prefix(stem.size());
  if (name.find('.') == std::string_view::npos ||
      name.find_first_not_of("0123456789.") != std::string_view::npos)
    return std::nullopt;
  return std::string(name);
}

class Discovery {
 public:
  Discovery(fs::path root, std::string looked) : root_(std::move(root)), looked_(std::move(looked)) {}

  GpuDevices find(const GpuChoice& choice) {
    find_nodes(choice);
    find_libraries();
    for (const char* program : programs) {
      for (const char* folder : program_folders) {
        std::error_code ignored;
        if (!fs::is_regular_file(root_ / folder / program, ignored)) continue;
        devices_.programs.push_back(root_ / folder / program);
        break;
      }
    }
    return std::move(devices_);
  }

 private:
  [[nodiscard]] Error none(const std::string& what) const {
    return {ErrorKind::surroundings, "no-gpu", "there is no GPU to use here: " + looked_ + "; " + what,
            "install NVIDIA's driver, or have nvidia-ctk cdi generate write a specification; without a GPU: "
            "--gpus none"};
  }

  // Of the cards in /dev, or of those that were chosen; and what all of them need.
  void find_nodes(const GpuChoice& choice) {
    const fs::path dev = root_ / "dev";
    std::vector<std::pair<unsigned long long, std::string>> cards;
    for (const auto& name : names_in(dev)) {
      if (const auto minor = name.starts_with("nvidia") ? parse_number(name.substr(6)) : std::nullopt)
        cards.emplace_back(*minor, name);
    }
    std::sort(cards.begin(), cards.end());
    if (cards.empty()) throw none("no /dev/nvidia0 or the like" + below());
    for (const auto& wanted : choice.devices) {
      const auto minor = minor_of(wanted);
      const auto card = std::find_if(cards.begin(), cards.end(),
                                     [&](const auto& each) { return minor && each.first == *minor; });
      if (card == cards.end()) {
        std::vector<std::string> there;
        for (const auto& each : cards)
          there.push_back(each.second);
        throw Error(ErrorKind::input, "bad-gpus",
                    "--gpus device=" + wanted + ": there is no such device, only " + join(there, ", "),
                    "nvidia-smi -L prints numbers and UUIDs; parts of a device need a CDI specification");
      }
      add_node(card->second);
    }
    if (choice.all) {
      for (const auto& card : cards)
        add_node(card.second);
    }
    for (const char* name : control_nodes)
      add_node(name);
    if (!choice.all) return;
    for (const auto& name : names_in(dev / "nvidia-caps"))
      add_node("nvidia-caps/" + name);
    for (const auto& name : names_in(dev)) {
      if (name.starts_with("nvidia-nvswitch")) add_node(name);
    }
  }

  void add_node(const std::string& name) {
    std::error_code ignored;
    const fs::path node = root_ / "dev" / name;
    if (fs::exists(node, ignored) && !fs::is_directory(node, ignored))
      devices_.nodes.push_back({node, "/dev/" + name});
  }

  // A number counts the cards in the order of their places on the bus, as the driver does.
  [[nodiscard]] std::optional<unsigned long long> minor_of(const std::string& wanted) const {
    const auto index = parse_number(wanted);
    const fs::path cards = root_ / "proc/driver/nvidia/gpus";
    unsigned long long at = 0;
    for (const auto& name : names_in(cards)) {
      std::optional<unsigned long long> minor;
      std::string uuid;
      const std::string information = text_of(cards / name / "information");
      for (const auto line : split(information, '\n')) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const auto value = trim(line.substr(colon + 1));
        if (line.starts_with("GPU UUID")) uuid = value;
        if (line.starts_with("Device Minor")) minor = parse_number(value);
      }
      if (minor && (index ? at == *index : uuid == wanted)) return minor;
      ++at;
    }
    return at == 0 ? index : std::nullopt;
  }

  static std::string text_of(const fs::path& file) {
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) ? read_file(file, 1U << 16) : "";
  }

  // Of the kernel module: "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug ...".
  [[nodiscard]] std::string module_version() const {
    const std::string text = text_of(root_ / "proc/driver/nvidia/version");
    for (const auto word : split_words(std::string_view(text).substr(0, text.find('\n')))) {
      if (word.find('.') != std::string_view::npos &&
          word.find_first_not_of("0123456789.") == std::string_view::npos)
        return std::string(word);
    }
    return "";
  }

  [[nodiscard]] std::vector<fs::path> library_folders() const {
    std::vector<fs::path> folders;
    const auto add = [&](const fs::path& folder) {
      std::error_code ignored;
      const fs::path real = fs::weakly_canonical(folder, ignored);
      if (fs::is_directory(folder, ignored) &&
          std::find(folders.begin(), folders.end(), real) == folders.end())
        folders.push_back(real);
    };
    std::error_code ignored;
    if (const fs::path cache = root_ / "etc/ld.so.cache"; fs::is_regular_file(cache, ignored)) {
      for (const auto& library : elf::read_loader_cache(read_file(cache, 64U << 20))) {
        if (library.name.starts_with("libcuda.so") || library.name.starts_with("libnvidia-ml.so"))
          add(root_ / fs::path(library.path).parent_path().relative_path());
      }
    }
    for (const char* folder : usual_folders)
      add(root_ / folder);
    return folders;
  }

  void find_libraries() {
    const auto folders = library_folders();
    const std::string wanted = module_version();
    std::string version;
    std::vector<std::string> others;
    for (const auto& folder : folders) {
      for (const auto& name : names_in(folder)) {
        const auto found = version_of(name);
        if (!found) continue;
        if (version.empty() && (wanted.empty() || *found == wanted)) version = *found;
        others.push_back((folder / name).string());
      }
    }
    if (others.empty())
      throw none("no libcuda.so.VERSION in ldconfig's cache or the usual folders" + below());
    if (version.empty()) {
      throw Error(
          ErrorKind::surroundings, "gpu-driver",
          "the kernel module of NVIDIA's driver is " + wanted + ", its library here is " + others.front(),
          "install the libraries of that version, or restart the machine after an update");
    }
    const std::string ending = ".so." + version;
    for (const auto& folder : folders) {
      for (const fs::path& each : {folder, folder / "vdpau"}) {
        for (const auto& name : names_in(each)) {
          if (name.starts_with("lib") && name.ends_with(ending)) devices_.libraries.push_back(each / name);
        }
      }
    }
    devices_.links.emplace_back("libcuda.so.1", "libcuda.so");
  }

  [[nodiscard]] std::string below() const { return root_ == "/" ? "" : " below " + root_.string(); }

  fs::path root_;
  std::string looked_;
  GpuDevices devices_;
};

}  // namespace

GpuDevices discover_gpu_devices(const GpuChoice& choice, const fs::path& root, const std::string& looked) {
  return Discovery(fs::absolute(root).lexically_normal(), looked).find(choice);
}

}  // namespace mlrepro
