// The wheels of what a lock has as sources, made with the packages that it names for that and nothing else.
#pragma once

#include <vector>

#include "services/python_build/wheel_builder.hpp"

namespace mlrepro {

// One for each package of the section: its own file where that is a wheel, else the one made of it, in the
// store. Builds that do not need each other run at once. Throws Error(input, "bad-lock") where a source has
// no build in the lock or builds need each other in a circle, and what WheelBuilder throws.
[[nodiscard]] std::vector<PythonFile> make_locked_wheels(const PythonSection& section,
                                                         const BuildPlace& place, const BlobStore& store,
                                                         Progress& progress);

}  // namespace mlrepro
