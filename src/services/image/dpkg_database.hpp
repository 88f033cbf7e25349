// dpkg's own database below /var/lib/dpkg, as dpkg would have left it after unpacking (its format 1): status,
// info/*, triggers/*.
#pragma once

#include <filesystem>
#include <vector>

#include "services/image/deb_unpacker.hpp"

namespace mlrepro {

// Every package is "install ok unpacked"; each conffile stands as "newconffile", so that `dpkg --configure`
// puts its NAME.dpkg-new in place. Throws Error(input, "path-exists") where a package brought such a file
// itself.
void write_dpkg_database(const std::vector<UnpackedPackage>& packages, const std::string& architecture,
                         const std::filesystem::path& tree);

}  // namespace mlrepro
