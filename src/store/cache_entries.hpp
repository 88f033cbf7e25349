// What lies in a cache, which others change while one looks: what is gone by then, or cannot be read, is
// not there.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "codec/digest.hpp"

namespace mlrepro {

// lstat.
[[nodiscard]] std::optional<struct stat> status_of(const std::filesystem::path& path);
// Sorted by path.
[[nodiscard]] std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);
// The digest that a note, a plain file, names in hexadecimal. Throws Error(input, "file-too-large") over
// 4 KiB.
[[nodiscard]] std::optional<Sha256> noted_digest(const std::filesystem::path& note);

}  // namespace mlrepro
