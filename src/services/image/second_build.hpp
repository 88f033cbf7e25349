// build --twice: the same lock built once more, with all that must not matter changed, and compared entry by
// entry with the image that is there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/progress.hpp"
#include "services/image/image_builder.hpp"
#include "services/image/tree_comparison.hpp"

namespace mlrepro {

struct SecondBuild {
  std::vector<TreeDifference> differences;  // empty: reproducible
  // What was other than in the first build, in words: "folder", "file system", "order of unpacking" and those
  // of Perturbation.
  std::vector<std::string> perturbed;
  std::vector<std::pair<std::string, double>> phases;  // name, seconds
};

// Builds on another file system than `first` lies on where a suitable one with enough room is there, and
// removes what it built. Throws as build_image does.
[[nodiscard]] SecondBuild build_second(const BuildRequest& request, const RealisedImage& first,
                                       Progress& progress);

}  // namespace mlrepro
