// What a manifest may write in os.packages: Debian relations (policy 7.1), apt's NAME=VERSION and NAME/SUITE.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/solv/debian_solver.hpp"

namespace mlrepro {

struct OsWish {
  std::string text;         // as the manifest writes it, without white space at the ends
  DebianWish alternatives;  // empty where all are for other architectures, as in "libfoo [arm64]"
  std::string foreign;      // the architecture of "NAME:ARCH" that is not ours; empty: none
};

// "python3", "libfoo (>= 1:2)", "name=version", "name/bookworm-backports", "name:amd64",
// "default-mta | mail-transport-agent". Throws
// Error(input, "bad-relation") that says what is wrong with the text.
[[nodiscard]] OsWish parse_os_wish(std::string_view text, std::string_view architecture);

}  // namespace mlrepro
