#include "services/image/installed_sizes.hpp"

#include <optional>
#include <set>
#include <string_view>

#include "base/text.hpp"
#include "services/image/python_information.hpp"
#include "services/image/wheel_layout.hpp"
#include "standards/python/bytecode.hpp"
#include "standards/python/minor_version.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_list_bytes = std::uint64_t{64} << 20;

class Measuring {
 public:
  explicit Measuring(const fs::path& rootfs) : tree_(rootfs) {}

  std::optional<std::uint64_t> os(const std::string& name, const std::string& architecture) {
    const std::string info = "var/lib/dpkg/info/" + name;
    auto list = tree_.read(info + ".list", most_list_bytes);
    if (!list) list = tree_.read(info + ":" + architecture + ".list", most_list_bytes);
    if (!list) return std::nullopt;
    std::uint64_t total = 0;
    for (const auto line : split(*list, '\n'))
      total += bytes_at(line);
    return total;
  }

  // Project names and what each takes.
  std::map<std::string, std::uint64_t> python(const std::string& minor) {
    const std::string site = site_packages(minor);
    std::map<std::string, std::uint64_t> sizes;
    if (!tree_.status(site)) return sizes;
    for (const auto& folder : information_folders(tree_, site)) {
      const auto entries = read_record(tree_, folder);
      if (!entries) continue;
      auto& total = sizes[folder.project];
      for (const auto& entry : *entries) {
        const std::string path = site + "/" + entry.path;
        total += bytes_at(path);
        if (path.ends_with(".py")) total += bytes_at(python::bytecode_path(path, minor));
      }
    }
    return sizes;
  }

 private:
  std::uint64_t bytes_at(std::string_view path) {
    std::string inside = fs::path(path).relative_path().lexically_normal().string();
    if (inside.ends_with('/')) inside.pop_back();
    if (inside.empty() || inside == "." || inside.starts_with("..")) return 0;
    const auto info = tree_.status(inside);
    return info && S_ISREG(info->st_mode) ? static_cast<std::uint64_t>(info->st_size) : 0;
  }

  SafeFolder tree_;
};

}  // namespace

InstalledSizes installed_sizes(const Lockfile& lock, const fs::path& rootfs) {
  Measuring tree(rootfs);
  InstalledSizes sizes;
  if (lock.os) {
    const auto measure = [&](const auto& package) {
      if (const auto size = tree.os(package.name, package.architecture)) sizes.os[package.name] = *size;
    };
    for (const auto& package : lock.os->packages)
      measure(package);
    if (lock.os->base) {
      for (const auto& package : lock.os->base->packages)
        measure(package);
    }
  }
  if (lock.python) sizes.python = tree.python(python::minor_of(lock.python->interpreter.version));
  return sizes;
}

}  // namespace mlrepro
