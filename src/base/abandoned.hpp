// Temporary folders that outlive the process that made them: who holds one is known to the kernel, which lets
// go of it when that process is killed.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/handle.hpp"

namespace mlrepro {

// Held until the handle is closed; invalid where the file system cannot.
[[nodiscard]] UniqueFd hold_folder(const std::filesystem::path& folder);

// The folders PREFIX.XXXXXX below `parent` (as TemporaryDirectory names them) that nobody holds. One that was
// made or changed in the last seconds may be about to be held, and is left out; so are all where the file
// system has no such locks.
[[nodiscard]] std::vector<std::filesystem::path> abandoned_folders(const std::filesystem::path& parent,
                                                                   std::string_view prefix);

// Removes those, links not followed; what cannot be removed stays without a word.
void remove_abandoned(const std::filesystem::path& parent, std::string_view prefix) noexcept;

}  // namespace mlrepro
