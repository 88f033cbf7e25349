// Whether the packages of a realised image can be imported: a lock that resolves may still hold versions that
// do not work together.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/image/image_builder.hpp"
#include "store/kept_forms.hpp"

namespace mlrepro {

struct ImportCheckRequest {
  const PythonSection* python = nullptr;
  std::vector<std::string> packages;  // normalised names of packages of `python`, sorted
  std::vector<std::pair<std::string, std::string>> environment;  // beside that of every run
  double timeout_seconds = 120;                                  // for one package
  // Of other builds, to be used and added to; with it `needs`: the packages that one of `packages` leads to
  // by its needs, itself too.
  std::optional<KeptForms> kept = {};
  std::function<std::vector<std::string>(const std::string& package)> needs = {};
};

struct ImportOutcome {
  std::string package;
  std::string version;
  std::string module;  // empty: the package has none
  bool ok = true;
  // In one line why not; where `ok`, what this machine lacks and a lock cannot bring (a driver's library).
  std::string error;
  double seconds = 0;
};

struct ImportCheck {
  std::vector<ImportOutcome> outcomes;  // by package, then module
  bool remembered = false;              // nothing was imported: all of it was seen to succeed before
};

// Imports the modules of each package in a fresh interpreter, in a closed room of its own, several at once:
// no network, and nothing that they write stays. What succeeds is noted beside the image, and kept for others
// (import_memory.hpp).
[[nodiscard]] ImportCheck check_imports(const ImportCheckRequest& request, const RealisedImage& image,
                                        Progress& progress);

}  // namespace mlrepro
