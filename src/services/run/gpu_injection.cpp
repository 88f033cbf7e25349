#include "services/run/gpu_injection.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_bytes.hpp"
#include "base/text.hpp"
#include "services/run/hash_memory.hpp"
#include "standards/elf/shared_object.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

std::optional<elf::SharedObject> shared_object(const fs::path& file) {
  const UniqueFd fd = open_file(file, O_RDONLY);
  return elf::read_shared_object(bytes_of_file(fd.get(), file.string()));
}

bool is_ours(const elf::SharedObject& object) {
  utsname names{};
  if (::uname(&names) != 0) return true;
  const std::string machine = names.machine;
  return object.wide && (machine == "x86_64"    ? object.machine == elf::machine_x86_64
                         : machine == "aarch64" ? object.machine == elf::machine_aarch64
                                                : true);
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

class Injector {
 public:
  Injector(GpuDevices devices, const fs::path& rootfs, const fs::path& state, Progress& progress)
      : devices_(std::move(devices)), rootfs_(rootfs), state_(state), progress_(progress) {}

  GpuInjection inject() {
    add_nodes();
    std::map<std::string, fs::path> libraries = own_names();
    // Aliases never take the place of a file of that name.
    for (const auto& [alias, file] : sonames_)
      libraries.emplace(alias, file);
    for (const auto& [target, link] : devices_.links) {
      const auto found = libraries.find(target);
      if (found != libraries.end() && is_plain_name(link)) libraries.emplace(link, found->second);
    }
    if (libraries.empty()) {
      progress_.warning("no library of the GPU's driver fits this machine: CUDA will not find one");
    }
    for (const auto& [name, file] : libraries)
      add_file(file, std::string(driver_libraries) + "/" + name);
    for (const auto& program : devices_.programs) {
      add_file(program, std::string(driver_programs) + "/" + program.filename().string());
      injection_.programs = true;
    }
    for (const auto& other : devices_.others)
      add_other(other);
    if (devices_.hooks > 0) {
      progress_.note("the CDI specification's hooks (" + std::to_string(devices_.hooks) +
                     ") are not run: they would alter the environment");
    }
    injection_.environment = std::move(devices_.environment);
    std::erase_if(injection_.environment, [](const auto& variable) {
      return variable.first == "PATH" || variable.first.starts_with("LD_");
    });
    hash();
    return std::move(injection_);
  }

 private:
  void add_nodes() {
    static const std::set<std::string> usual{"/dev/null",    "/dev/zero",   "/dev/full",   "/dev/random",
                                             "/dev/urandom", "/dev/tty",    "/dev/ptmx",   "/dev/console",
                                             "/dev/pts",     "/dev/shm",    "/dev/mqueue", "/dev/fd",
                                             "/dev/stdin",   "/dev/stdout", "/dev/stderr"};
    std::set<std::string> taken;
    for (const auto& node : devices_.nodes) {
      struct stat info {};
      if (::stat(node.host.c_str(), &info) != 0) {
        throw Error(ErrorKind::surroundings, "no-gpu", "the device " + node.host.string() + " is not there",
                    "nvidia-modprobe makes it; or --gpus none");
      }
      const bool below_usual = std::any_of(usual.begin(), usual.end(), [&](const std::string& each) {
        return node.container == each || node.container.starts_with(each + "/");
      });
      if (below_usual || S_ISDIR(info.st_mode)) {
        progress_.warning(node.host.string() + " is left out: " + node.container + " is no place for a GPU");
        continue;
      }
      if (!taken.insert(node.container).second) continue;
      if (S_ISCHR(info.st_mode)) {
        injection_.nodes.push_back(node);
      } else {
        add_file(node.host, node.container);
      }
    }
  }

  std::map<std::string, fs::path> own_names() {
    std::map<std::string, fs::path> libraries;
    for (const auto& file : devices_.libraries) {
      const auto object = shared_object(file);
      if (object && !is_ours(*object)) continue;
      const std::string name = file.filename().string();
      if (!libraries.emplace(name, file).second) continue;
      if (object && is_plain_name(object->soname)) {
        sonames_.emplace(object->soname, file);
      } else if (const auto at = name.find(".so."); at != std::string::npos) {
        sonames_.emplace(name.substr(0, at) + ".so.1", file);
      }
    }
    return libraries;
  }

  void add_file(const fs::path& host, const std::string& container) {
    const fs::path real = fs::canonical(host);
    injection_.files.push_back({real.string(), container, true});
    to_hash_.insert(real);
  }

  void add_other(const HostPath& other) {
    const fs::path& host = other.host;
    const bool kernels =
        std::any_of(std::begin(kernel_folders), std::end(kernel_folders), [&](const char* folder) {
          return other.container == folder || other.container.starts_with(std::string(folder) + "/");
        });
    std::error_code ignored;
    if (kernels || fs::exists(fs::symlink_status(rootfs_ / other.container.substr(1), ignored))) {
      progress_.warning(host.string() + " is left out: it would hide " + other.container +
                        " of the environment");
      return;
    }
    if (fs::is_regular_file(host, ignored)) return add_file(host, other.container);
    injection_.files.push_back({fs::canonical(host).string(), other.container, true});
  }

  void hash() {
    const std::vector<fs::path> files(to_hash_.begin(), to_hash_.end());
    injection_.unlocked = hash_remembered(files, state_ / "driver-hashes.json");
  }

  static constexpr const char* kernel_folders[] = {"/proc", "/sys", "/dev", "/run/nvidia/lib",
                                                   "/run/nvidia/bin"};

  GpuDevices devices_;
  const fs::path& rootfs_;
  const fs::path& state_;
  Progress& progress_;
  std::map<std::string, fs::path> sonames_;
  std::set<fs::path> to_hash_;
  GpuInjection injection_;
};

}  // namespace

GpuInjection inject_gpus(GpuDevices devices, const fs::path& rootfs, const fs::path& state,
                         Progress& progress) {
  return Injector(std::move(devices), rootfs, state, progress).inject();
}

std::string with_folder_last(const std::string& list, const std::string& folder) {
  for (const auto each : split(list, ':')) {
    if (each == folder) return list;
  }
  return list.empty() ? folder : list + ":" + folder;
}

}  // namespace mlrepro
