// Builds of one lock at once: one of them builds, the others wait and take what it made.
#pragma once

#include <filesystem>
#include <optional>

#include "base/handle.hpp"
#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// IMAGES/.turn-<lock id>, flock()ed while one builds, who writes into it what came out and removes it: those
// who wait have it open. Where the file system has no such locks all build.
class BuildTurn {
 public:
  BuildTurn(const Lockfile& lock, const std::filesystem::path& images, Progress& progress);
  BuildTurn(const BuildTurn&) = delete;
  BuildTurn& operator=(const BuildTurn&) = delete;
  ~BuildTurn();

  // By whom we waited for; absent where nobody was, or it failed.
  [[nodiscard]] const std::optional<ImageSection>& made_meanwhile() const noexcept { return made_meanwhile_; }
  // Told to those who wait. Never throws: they build for themselves then.
  void made(const ImageSection& image) const noexcept;

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
  std::optional<ImageSection> made_meanwhile_;
};

}  // namespace mlrepro
