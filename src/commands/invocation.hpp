// What every command is given: the options that stand before COMMAND, as values.
#pragma once

#include <filesystem>
#include <optional>

#include "base/progress.hpp"
#include "base/stopwatch.hpp"
#include "commands/answer.hpp"
#include "documents/config/manifest.hpp"
#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// The exit statuses of the command line's contract.
enum Exit : int { exit_done = 0, exit_no = 1, exit_input = 2, exit_surroundings = 3, exit_run_failed = 125 };

struct Invocation {
  std::filesystem::path directory;                // -C, else "."
  std::optional<std::filesystem::path> manifest;  // --manifest
  std::optional<std::filesystem::path> lockfile;  // --lockfile
  std::filesystem::path cache;                    // absolute
  bool offline = false;
  Progress* progress = nullptr;  // never null
  Answer* answer = nullptr;      // never null

  [[nodiscard]] Manifest read_manifest() const;
  // --lockfile, else mlrepro.lock beside the manifest.
  [[nodiscard]] std::filesystem::path lockfile_path(const Manifest& manifest) const;
  // Made if missing. Throws Error(surroundings, "cache") where it cannot be.
  [[nodiscard]] std::filesystem::path store_path() const;
  [[nodiscard]] std::filesystem::path images_path() const { return cache / "images"; }
  [[nodiscard]] std::filesystem::path kept_path() const { return cache / "kept"; }  // store/kept_forms.hpp
  [[nodiscard]] static std::filesystem::path apt_folder();
  [[nodiscard]] static std::filesystem::path records_path(const Manifest& manifest);
};

}  // namespace mlrepro
