// SHA-256 of files that are large and seldom change, as those of a GPU driver.
#pragma once

#include <filesystem>
#include <vector>

#include "documents/record/run_record.hpp"

namespace mlrepro {

// In the order of `files`, by several threads. `memory` keeps what was hashed; a file whose inode, size and
// ctime are still those is not read again. A memory that cannot be read is begun anew.
[[nodiscard]] std::vector<RecordedFile> hash_remembered(const std::vector<std::filesystem::path>& files,
                                                        const std::filesystem::path& memory);

}  // namespace mlrepro
