// .deb files unpacked into an empty merged-/usr tree, several at once.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/image/deb_control.hpp"
#include "services/image/path_ledger.hpp"
#include "store/kept_forms.hpp"

namespace mlrepro {

struct UnpackedPackage {
  const OsPackage* locked = nullptr;
  PackageControl control;
  std::vector<ControlFile>
      control_files;  // all but control itself, by name; md5sums made where the package brings none
  std::vector<std::string> files;  // as dpkg lists them: "/." first, then "/bin/cat", in the order of the tar
  std::vector<std::string> conffiles;  // "/etc/foo", in the package's order

  [[nodiscard]] const ControlFile* control_file(std::string_view name) const;
};

// Where a path of a package lies in a merged-/usr tree: "bin/cat" is "usr/bin/cat". The same for lib, sbin,
// lib32, lib64, libx32.
[[nodiscard]] std::string merged_path(std::string_view path);

// None of it changes what comes out.
struct UnpackOptions {
  bool backwards = false;           // begin with the smallest package, not with the largest
  const KeptForms* kept = nullptr;  // what packages decompress to is read from there, and kept
};

// Unpacks `debs` (the checked files, one for each package of the section, same order) below `tree`; what is
// contested lands in `aside`. Conffiles are written as NAME.dpkg-new. Folders get their owners and modes at
// the end. Throws Error(input, "bad-deb"|"file-conflict") naming the package.
[[nodiscard]] std::vector<UnpackedPackage> unpack_debs(const OsSection& section,
                                                       const std::vector<std::filesystem::path>& debs,
                                                       const std::filesystem::path& tree,
                                                       const std::filesystem::path& aside, PathLedger& ledger,
                                                       Progress& progress, UnpackOptions options = {});

}  // namespace mlrepro
