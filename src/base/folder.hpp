// What a folder holds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mlrepro {

// The names in the folder that `fd` is, but "." and "..", sorted by their bytes. The descriptor stays open;
// `path` is for the message of the system error that is thrown.
[[nodiscard]] std::vector<std::string> names_in(int fd, const std::string& path);

// Of the folder at `path`; none where there is no folder.
[[nodiscard]] std::vector<std::string> names_in(const std::filesystem::path& path);

}  // namespace mlrepro
