#include "services/image/base_install.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/parallel.hpp"
#include "services/image/configure_order.hpp"
#include "services/image/deb_control.hpp"
#include "services/image/deb_members.hpp"
#include "services/image/installed_packages.hpp"
#include "services/image/maintainer_room.hpp"
#include "tree/disk_sink.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// Below the root, while packages are installed. Copies: scripts may write there, and must not to the store.
constexpr std::string_view archives = "mlrepro-archives";
constexpr std::uint64_t most_status_bytes = std::uint64_t{1} << 30;

std::vector<std::string> dpkg(const char* action) {
  // An upgrade may break what is upgraded after it.
  return {"/usr/bin/dpkg",     "--force-confdef",    "--force-confold",
          "--force-unsafe-io", "--auto-deconfigure", action};
}

// dpkg trusts what it unpacks: what is hostile in a package is told here, by its name.
PackageControl checked_control(const OsPackage& package, const fs::path& file) {
  const std::string name = package.name + " " + package.version;
  try {
    const Deb deb = open_deb(file, "the package " + name);
    check_deb_members(deb);
    return read_deb_control(deb, package).stanza;
  } catch (Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    throw Error(ErrorKind::input, "bad-deb", "cannot unpack " + name + ": " + error.message(),
                "fetch it again; if it stays so, the package itself is broken");
  }
}

std::vector<PackageControl> checked_controls(const OsSection& section, const std::vector<fs::path>& debs) {
  std::vector<PackageControl> controls(debs.size());
  run_parallel(debs.size(),
               [&](std::size_t i) { controls[i] = checked_control(section.packages[i], debs[i]); });
  return controls;
}

std::vector<const PackageControl*> addresses_of(const std::vector<PackageControl>& controls) {
  std::vector<const PackageControl*> addresses;
  for (const auto& control : controls)
    addresses.push_back(&control);
  return addresses;
}

class Installing {
 public:
  Installing(const OsSection& section, const std::vector<fs::path>& debs, const fs::path& tree,
             const fs::path& log, std::int64_t epoch, Progress& progress)
      : section_(section),
        debs_(debs),
        tree_(tree),
        folder_(tree),
        controls_(checked_controls(section, debs)),
        graph_(addresses_of(controls_)),
        room_(tree, log, epoch),
        known_(debs.size()),
        configured_(debs.size()),
        progress_(progress) {}

  void run() {
    room_.enter();
    progress_.update("install over base", 0, debs_.size(), Unit::items);
    for (const std::size_t index : graph_.order()) {
      const auto needed = graph_.pre_needed(index);
      if (has_unconfigured(needed)) {
        unpack();
        configure(needed);
      }
      unpacked_next_.push_back(index);
      known_[index] = true;
    }
    unpack();
    configure(std::vector<bool>(debs_.size(), true));
    // Also what was deconfigured for another's sake, and what triggers left.
    auto rest = dpkg("--configure");
    rest.emplace_back("-a");
    room_.run(rest, {}, "configure what is left");
    room_.leave();
    check_installed();
    progress_.finish("install over base");
  }

 private:
  [[nodiscard]] bool has_unconfigured(const std::vector<bool>& wanted) const {
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i] && known_[i] && !configured_[i]) return true;
    return false;
  }

  void unpack() {
    if (unpacked_next_.empty()) return;
    auto arguments = dpkg("--unpack");
    for (const std::size_t index : unpacked_next_)
      arguments.push_back(copy(index));
    room_.run(arguments, {}, "unpack the packages");
    folder_.remove(archives);
    unpacked_next_.clear();
  }

  // Returns its name in the room.
  std::string copy(std::size_t index) {
    TreeEntry entry;
    entry.path = std::string(archives) + "/" + std::to_string(index) + ".deb";
    entry.size = section_.packages[index].size;
    DiskSink(tree_).add(entry, [&](const auto& piece) { read_chunks(debs_[index], piece); });
    return "/" + entry.path;
  }

  void configure(const std::vector<bool>& wanted) {
    auto arguments = dpkg("--configure");
    const std::size_t none = arguments.size();
    for (const std::size_t index : graph_.order()) {
      if (!wanted[index] || !known_[index] || configured_[index]) continue;
      configured_[index] = true;
      arguments.push_back(controls_[index].info_name());
    }
    if (arguments.size() > none) room_.run(arguments, {}, "configure the packages");
    const auto done = static_cast<std::uint64_t>(std::count(configured_.begin(), configured_.end(), true));
    progress_.update("install over base", done, debs_.size(), Unit::items);
  }

  void check_installed() {
    const auto status = folder_.read("var/lib/dpkg/status", most_status_bytes);
    std::map<std::string, std::string> found;
    for (const auto& package : parse_installed(status.value_or("")).packages)
      found.emplace(package.name, package.version);
    for (const auto& [name, version] : section_.installed()) {
      const auto at = found.find(name);
      if (at != found.end() && at->second == version) continue;
      throw Error(ErrorKind::input, "configure-failed",
                  "after installing, dpkg knows " +
                      (at == found.end() ? "no package " + name : name + " " + at->second) +
                      ", where the lock has " + name + " " + version);
    }
    if (found.size() == section_.installed().size()) return;
    throw Error(ErrorKind::input, "configure-failed",
                "after installing, dpkg knows " + std::to_string(found.size()) +
                    " packages, where the lock has " + std::to_string(section_.installed().size()));
  }

  const OsSection& section_;
  const std::vector<fs::path>& debs_;
  fs::path tree_;
  SafeFolder folder_;
  std::vector<PackageControl> controls_;
  PackageGraph graph_;
  MaintainerRoom room_;
  std::vector<bool> known_;  // unpacked, or about to be
  std::vector<bool> configured_;
  std::vector<std::size_t> unpacked_next_;
  Progress& progress_;
};

}  // namespace

void install_over_base(const OsSection& section, const std::vector<fs::path>& debs, const fs::path& tree,
                       const fs::path& log, std::int64_t source_date_epoch, Progress& progress) {
  if (debs.empty()) return;
  Installing(section, debs, tree, log, source_date_epoch, progress).run();
}

}  // namespace mlrepro
