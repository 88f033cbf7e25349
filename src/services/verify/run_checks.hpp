// The checks of a recorded run: are its files still what they were, and does it come out again?
#pragma once

#include <filesystem>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "documents/record/run_record.hpp"
#include "services/verify/verdict.hpp"

namespace mlrepro {

// "run-status": the run ended, with exit status 0. "run-lock": it was made with this lock and image.
// "run-inputs", "run-outputs": recorded files hashed again below `folder`.
[[nodiscard]] std::vector<Check> check_run(const RunRecord& record, const Lockfile& lock,
                                           const std::filesystem::path& folder);

// "replay": the outputs of `again` against those of `record`, byte for byte, path by path.
[[nodiscard]] Check check_replay(const RunRecord& record, const RunRecord& again);

}  // namespace mlrepro
