// Makes unpacked packages installed ones: preinsts, then `dpkg --configure`, in the closed room.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "services/image/deb_unpacker.hpp"
#include "services/image/path_contests.hpp"

namespace mlrepro {

// What every command in the room gets: the same on every machine.
[[nodiscard]] std::vector<std::string> room_environment(std::int64_t source_date_epoch);

class Configurator {
 public:
  Configurator(const std::vector<UnpackedPackage>& packages, std::filesystem::path tree,
               std::filesystem::path log, std::int64_t source_date_epoch, Progress& progress);

  // `preinst install` of those that bring one, in the order of configuring; then statoverrides.
  void run_preinsts();
  // `dpkg --configure` in order, then what triggers left; then looks that every package is installed. No
  // service is started.
  void configure();

 private:
  void run(const std::vector<std::string>& arguments, std::vector<std::string> environment,
           const std::string& what);
  void apply_stat_overrides();
  void check_installed();
  [[noreturn]] void fail(const std::string& what, int status) const;

  const std::vector<UnpackedPackage>& packages_;
  std::filesystem::path tree_;
  std::filesystem::path log_;
  std::vector<std::string> environment_;
  std::vector<std::size_t> order_;
  Progress& progress_;
};

// The last lines of a log, `most` bytes at most.
[[nodiscard]] std::string log_tail(const std::filesystem::path& log, std::size_t most);

}  // namespace mlrepro
