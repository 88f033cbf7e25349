#include "adapters/container/bubblewrap.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "adapters/container/process_limits.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "standards/oci/runtime_spec.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr const char* setpriv = "/usr/bin/setpriv";

// In the order of their numbers (capabilities(7)).
constexpr std::array<std::string_view, 32> capabilities{"CAP_CHOWN",
                                                        "CAP_DAC_OVERRIDE",
                                                        "CAP_DAC_READ_SEARCH",
                                                        "CAP_FOWNER",
                                                        "CAP_FSETID",
                                                        "CAP_KILL",
                                                        "CAP_SETGID",
                                                        "CAP_SETUID",
                                                        "CAP_SETPCAP",
                                                        "CAP_LINUX_IMMUTABLE",
                                                        "CAP_NET_BIND_SERVICE",
                                                        "CAP_NET_BROADCAST",
                                                        "CAP_NET_ADMIN",
                                                        "CAP_NET_RAW",
                                                        "CAP_IPC_LOCK",
                                                        "CAP_IPC_OWNER",
                                                        "CAP_SYS_MODULE",
                                                        "CAP_SYS_RAWIO",
                                                        "CAP_SYS_CHROOT",
                                                        "CAP_SYS_PTRACE",
                                                        "CAP_SYS_PACCT",
                                                        "CAP_SYS_ADMIN",
                                                        "CAP_SYS_BOOT",
                                                        "CAP_SYS_NICE",
                                                        "CAP_SYS_RESOURCE",
                                                        "CAP_SYS_TIME",
                                                        "CAP_SYS_TTY_CONFIG",
                                                        "CAP_MKNOD",
                                                        "CAP_LEASE",
                                                        "CAP_AUDIT_WRITE",
                                                        "CAP_AUDIT_CONTROL",
                                                        "CAP_SETFCAP"};

class Words {
 public:
  Words(const std::string& program, const Json& config, const BubblewrapPlaces& places)
      : config_(config), places_(places), words_{program} {}

  std::vector<std::string> make() {
    add({"--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--as-pid-1"});
    add({"--hostname", config_.at("hostname").get<std::string>()});
    add({"--json-status-fd", std::to_string(places_.status_fd), "--seccomp",
         std::to_string(places_.seccomp_fd)});
    add({"--cap-drop", "ALL"});
    const Json& process = config_.at("process");
    for (const auto& name : process.at("capabilities").at("bounding"))
      add({"--cap-add", name.get<std::string>()});
    add({"--clearenv"});
    for (const auto& entry : process.at("env")) {
      const auto variable = entry.get<std::string>();
      const auto equals = variable.find('=');
      add({"--setenv", variable.substr(0, equals), variable.substr(equals + 1)});
    }
    add({"--bind", places_.root, "/"});
    for (const auto& mount : config_.at("mounts"))
      add_mount(mount);
    mask();
    if (config_.at("root").at("readonly").get<bool>()) add({"--remount-ro", "/"});
    add({"--chdir", process.at("cwd").get<std::string>(), "--"});
    if (places_.terminal_signals) add({"/usr/bin/env", "--default-signal=INT,QUIT,HUP"});
    become(process.at("user"));
    for (const auto& word : process.at("args"))
      add({word.get<std::string>()});
    return std::move(words_);
  }

 private:
  void add(std::initializer_list<std::string> words) { words_.insert(words_.end(), words); }

  static std::string option(const Json& mount, std::string_view name, const std::string& otherwise) {
    for (const auto& each : mount.at("options")) {
      const auto& text = each.get_ref<const std::string&>();
      if (text.starts_with(name)) return text.substr(name.size());
    }
    return otherwise;
  }

  void add_mount(const Json& mount) {
    const std::string type = mount.at("type").get<std::string>();
    const std::string destination = mount.at("destination").get<std::string>();
    if (type == "proc") return add({"--proc", destination});
    if (type == "mqueue") return add({"--mqueue", destination});
    if (type == "devpts") return;  // part of --dev
    if (type == "sysfs")
      return add({"--ro-bind", places_.sysfs.empty() ? "/sys" : places_.sysfs, destination});
    if (destination == "/dev") return add({"--dev", destination});
    if (type == "tmpfs") {
      const std::string size = option(mount, "size=", "");
      if (!size.empty()) add({"--size", size});
      return add({"--perms", option(mount, "mode=", "755"), "--tmpfs", destination});
    }
    const bool read_only = !option(mount, "ro", "none").starts_with("none");
    const std::string source = mount.at("source").get<std::string>();
    const std::string place = real_place(destination);
    const bool device = place.starts_with("/dev/") && !read_only;
    add({device ? "--dev-bind" : read_only ? "--ro-bind" : "--bind", source, place});
    binds_.emplace_back(place, source);
  }

  // bwrap follows links outside of the tree that it builds: it is given a path without any.
  std::string real_place(const std::string& destination) const {
    const std::pair<std::string, std::string>* over = nullptr;
    for (const auto& bind : binds_) {
      if (destination.starts_with(bind.first + "/") &&
          (over == nullptr || bind.first.size() > over->first.size()))
        over = &bind;
    }
    if (over != nullptr) {
      fs::path at = over->second;
      for (const auto& name : fs::path(destination.substr(over->first.size() + 1))) {
        at /= name;
        std::error_code ignored;
        if (!fs::is_symlink(fs::symlink_status(at, ignored))) continue;
        throw Error(ErrorKind::input, "bad-mount",
                    "the mount at " + destination + " leads through the link " + at.string(),
                    "mount it elsewhere, or use crun: apt-get install crun");
      }
      return destination;
    }
    // What is there of it, with links followed inside the image alone.
    const UniqueFd root = open_file(places_.lower, O_PATH | O_DIRECTORY);
    for (fs::path there = destination; there != "/"; there = there.parent_path()) {
      open_how how{};
      how.flags = O_PATH | O_CLOEXEC;
      how.resolve = RESOLVE_IN_ROOT;
      const UniqueFd fd(
          static_cast<int>(::syscall(SYS_openat2, root.get(), there.c_str(), &how, sizeof how)));
      if (!fd.valid()) continue;
      const std::string real = fs::read_symlink("/proc/self/fd/" + std::to_string(fd.get())).string();
      const std::string below = fs::read_symlink("/proc/self/fd/" + std::to_string(root.get())).string();
      if (!(real + "/").starts_with(below + "/")) break;
      const std::string rest = fs::path(destination).lexically_relative(there).string();
      return (real.substr(below.size()).empty() ? "/" : real.substr(below.size())) +
             (rest == "." ? "" : "/" + rest);
    }
    return destination;
  }

  void mask() {
    std::error_code ignored;
    const Json& linux_part = config_.at("linux");
    for (const auto& each : linux_part.at("maskedPaths")) {
      const std::string path = each.get<std::string>();
      if (fs::is_directory(path, ignored)) {
        add({"--tmpfs", path, "--remount-ro", path});
      } else if (fs::exists(path, ignored)) {
        add({"--dev-bind", "/dev/null", path});
      }
    }
    for (const auto& each : linux_part.at("readonlyPaths")) {
      const std::string path = each.get<std::string>();
      if (fs::exists(path, ignored)) add({"--ro-bind", path, path});
    }
  }

  // bwrap cannot become another user of the machine.
  void become(const Json& user) {
    const auto uid = user.at("uid").get<unsigned>();
    const auto gid = user.at("gid").get<unsigned>();
    if (uid == 0 && gid == 0) return;
    std::error_code ignored;
    const bool mounted =
        std::any_of(binds_.begin(), binds_.end(), [](const auto& each) { return each.first == setpriv; });
    if (!mounted && !fs::is_regular_file(places_.lower / fs::path(setpriv).relative_path(), ignored)) {
      throw Error(ErrorKind::surroundings, "no-setpriv",
                  "bubblewrap has the image's setpriv become another user, and this image has none",
                  "add util-linux to os.packages, or use crun: apt-get install crun");
    }
    add({setpriv, "--inh-caps=-all", "--ambient-caps=-all", "--reuid", std::to_string(uid), "--regid",
         std::to_string(gid), "--clear-groups", "--"});
  }

  const Json& config_;
  const BubblewrapPlaces& places_;
  std::vector<std::string> words_;
  std::vector<std::pair<std::string, std::string>> binds_;  // destination, source
};

rlim_t limit_of(const Json& value) {
  const auto number = value.get<std::uint64_t>();
  return number == oci::no_limit ? RLIM_INFINITY : static_cast<rlim_t>(number);
}

}  // namespace

BubblewrapStart bubblewrap_start(const std::string& program, const Json& config,
                                 const BubblewrapPlaces& places) {
  BubblewrapStart start{Words(program, config, places).make(), {}, 0};
  const Json& process = config.at("process");
  for (const auto& name : process.at("capabilities").at("bounding")) {
    const auto found = std::find(capabilities.begin(), capabilities.end(), name.get<std::string>());
    if (found != capabilities.end()) start.capabilities |= std::uint64_t{1} << (found - capabilities.begin());
  }
  if (!process.contains("rlimits")) return start;
  for (const auto& limit : process.at("rlimits")) {
    const std::string type = limit.at("type").get<std::string>();
    for (const auto& kind : limit_kinds()) {
      if (kind.oci_name == type)
        start.limits.emplace_back(kind.resource,
                                  rlimit{limit_of(limit.at("soft")), limit_of(limit.at("hard"))});
    }
  }
  return start;
}

int bound_capabilities(std::uint64_t kept) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return errno;
  for (auto& half : data)
    half.inheritable = half.permitted;
  if (::syscall(SYS_capset, &header, data) != 0) return errno;
  for (unsigned capability = 0; capability < 64; ++capability) {
    if ((kept >> capability & 1U) != 0) continue;
    // EINVAL: the kernel knows no more of them.
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return errno == EINVAL ? 0 : errno;
  }
  return 0;
}

}  // namespace mlrepro
