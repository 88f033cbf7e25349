// Whether a file is the one that was looked at before.
#pragma once

#include <sys/stat.h>

#include <string>

namespace mlrepro {

// On one line: another file, and the same one after a change, has another. Of this machine alone.
[[nodiscard]] std::string stamp_of(const struct stat& info);

}  // namespace mlrepro
