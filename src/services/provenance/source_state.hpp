// Which code ran: the commit of the checkout that the manifest lies in, and what was not committed.
#pragma once

#include <filesystem>
#include <optional>

#include "documents/record/run_record.hpp"

namespace mlrepro {

// Absent outside a git checkout. `diff` is SHA-256 over the patch and then one line "<hex> <path>\n" for each
// untracked file. mlrepro's own .mlrepro folder counts for nothing, nor do the files that the globs `outputs`
// name below `folder`.
[[nodiscard]] std::optional<RecordedSource> source_state(const std::filesystem::path& folder,
                                                         const std::vector<std::string>& outputs);

}  // namespace mlrepro
