// The control.tar of a package, deb(5): its stanza and the files beside it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "services/image/deb_file.hpp"
#include "services/image/package_control.hpp"

namespace mlrepro {

struct ControlFile {  // "postinst", "triggers", "md5sums"
  std::string name;
  std::string bytes;
  std::uint32_t mode = 0644;
};

struct DebControl {
  PackageControl stanza;
  std::vector<ControlFile> files;  // all but control itself, by name
};

// Throws Error(input, "bad-archive"|"bad-control") where it is none, or that of another package than
// `locked`.
[[nodiscard]] DebControl read_deb_control(const Deb& deb, const OsPackage& locked);

}  // namespace mlrepro
