// The same Python module from a Debian package and from a wheel.
#pragma once

#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

struct ModuleTwin {
  std::string os_package;  // "python3-numpy 1:1.24.2-1"
  std::string python;      // "numpy 1.26.4"
  std::string words;       // a sentence that names both and says which one counts where
};

// By Debian's names for modules (Debian Python Policy 3.3: python3-MODULE), in the order of the packages. A
// module whose package is named otherwise is not seen.
[[nodiscard]] std::vector<ModuleTwin> module_twins(const Lockfile& lock);

}  // namespace mlrepro
