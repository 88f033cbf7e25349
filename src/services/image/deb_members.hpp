// What another program is to unpack, judged before.
#pragma once

#include "services/image/deb_file.hpp"

namespace mlrepro {

// Reads the package's data.tar and writes nothing. Throws Error(input, "bad-path"|"bad-archive") naming the
// member that leads out of the root, lies below a link or a file of the same package, is a hard link to no
// file of the package, a device, a pipe, or has a line feed in its name.
void check_deb_members(const Deb& deb);

}  // namespace mlrepro
