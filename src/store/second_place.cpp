#include "store/second_place.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "codec/digest.hpp"
#include "store/cache_entries.hpp"

namespace mlrepro {

std::array<std::filesystem::path, 2> second_build_places(const std::filesystem::path& images) {
  const std::string name = "mlrepro-twice-" + sha256(images.string()).hex().substr(0, 16);
  return {std::filesystem::path("/dev/shm") / name, std::filesystem::path("/var/tmp") / name};
}

std::filesystem::path second_build_place_inside(const std::filesystem::path& images) {
  return images / ".twice" / "second-build";
}

bool is_ours_alone(const std::filesystem::path& folder) {
  const auto info = status_of(folder);
  return info && S_ISDIR(info->st_mode) && info->st_uid == ::geteuid() && (info->st_mode & 077U) == 0;
}

}  // namespace mlrepro
