// Where `build --twice` builds the second time, outside of the cache: names are fixed by the cache, so that
// what a killed build left is found.
#pragma once

#include <array>
#include <filesystem>

namespace mlrepro {

// PARENT/mlrepro-twice-HASH of the images' folder, in /dev/shm and /var/tmp: the order in which they are
// tried.
[[nodiscard]] std::array<std::filesystem::path, 2> second_build_places(const std::filesystem::path& images);

// Where none of these will do.
[[nodiscard]] std::filesystem::path second_build_place_inside(const std::filesystem::path& images);

// Whether it is a folder of ours, closed to everybody else: where everybody may write, another may have made
// it.
[[nodiscard]] bool is_ours_alone(const std::filesystem::path& folder);

}  // namespace mlrepro
