// Which files the lines of requirements files allow of a package: pip's --hash.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "codec/digest.hpp"

namespace mlrepro {

// What a line with --hash allows: of the package `name`, where `marker` (empty: always) holds, these files
// alone.
struct AllowedFiles {
  std::string name;  // normalised
  std::string marker;
  std::vector<Sha256> digests;
  std::string place;  // file and line, for messages
};

// Normalised name -> the only files that may be taken, sorted. A file has to be allowed by every line about
// its package, as in pip; lines for other markers are about other targets, so that each adds its files.
// Throws Error(input, "bad-requirements") where lines leave no file.
[[nodiscard]] std::map<std::string, std::vector<Sha256>> files_allowed_by(
    const std::vector<AllowedFiles>& lines);

}  // namespace mlrepro
