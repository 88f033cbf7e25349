// Makes unpacked packages installed ones: preinsts, then `dpkg --configure`, in the closed room.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "services/image/configure_order.hpp"
#include "services/image/deb_unpacker.hpp"
#include "services/image/maintainer_room.hpp"

namespace mlrepro {

class Configurator {
 public:
  Configurator(const std::vector<UnpackedPackage>& packages, std::filesystem::path tree,
               std::filesystem::path log, std::int64_t source_date_epoch, Progress& progress);

  // As dpkg would: `preinst install` of those that bring one, once what they pre-depend on is configured (the
  // essential set and what it needs comes up together, preinsts first); `dpkg --configure` in order; then
  // what triggers left. At the end every package must be installed. No service is started. `settle` is called
  // when preinsts may have made diversions, at last with true.
  void configure(const std::function<void(bool last)>& settle);

 private:
  void run_preinst(std::size_t index);
  // Those of `wanted` that are not configured yet.
  void configure_some(const std::vector<bool>& wanted);
  void apply_stat_overrides();
  void check_installed();

  const std::vector<UnpackedPackage>& packages_;
  std::filesystem::path tree_;
  MaintainerRoom room_;
  PackageGraph graph_;
  std::vector<bool> configured_;
  std::string dpkg_version_;
  Progress& progress_;
};

}  // namespace mlrepro
