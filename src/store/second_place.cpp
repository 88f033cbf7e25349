#include "store/second_place.hpp"

#include "codec/digest.hpp"

namespace mlrepro {

std::array<std::filesystem::path, 2> second_build_places(const std::filesystem::path& images) {
  const std::string name = "mlrepro-twice-" + sha256(images.string()).hex().substr(0, 16);
  return {std::filesystem::path("/dev/shm") / name, std::filesystem::path("/var/tmp") / name};
}

std::filesystem::path second_build_place_inside(const std::filesystem::path& images) {
  return images / ".twice" / "second-build";
}

}  // namespace mlrepro
