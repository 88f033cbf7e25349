// A folder of this machine as a source: what of it belongs to the project.
//
// In a git checkout: what git tracks, and what it would not ignore; elsewhere all. Of what git does not track
// never: version control's own folders, caches of Python and its tools, virtual environments, *.egg-info,
// build/ and dist/ at the top, and what this program writes (mlrepro.lock, .mlrepro/), which else would
// change what it describes.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "tree/canonical_tree.hpp"

namespace mlrepro {

// Whether a path below the folder is left out: what a run writes, data that is locked for itself.
using LeaveOut = std::function<bool(const std::string& path)>;

// Files are read when the tree is written. Throws Error(input, "source-missing") where `folder` is none,
// Error(input, "bad-source") where nothing is in it or a special file is, and what CanonicalTree throws.
[[nodiscard]] CanonicalTree local_tree(const std::filesystem::path& folder, const LeaveOut& leave_out = {});

}  // namespace mlrepro
