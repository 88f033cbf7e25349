// requirements.txt as a source of a manifest.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "services/init/draft.hpp"

namespace mlrepro {

// Names the file in the draft where a lock can be made from it as it is. Where it holds lines that the
// manifest cannot carry (repositories that are not git's, options of pip), the others are listed one by one
// and these are noted. Follows -r. `shown` is the file's name for people, and for the manifest.
void draft_requirements_file(Draft& draft, const std::filesystem::path& file, const std::string& shown);

// One requirement of a pip command or a file: added where it is PEP 508's, or a URL, a git repository or a
// path that `lock` can follow, without credentials; else noted. `folder` is where relative paths start, seen
// from the manifest; absent: paths are those of an image.
void draft_requirement(Draft& draft, std::string_view text, const Origin& origin,
                       const std::optional<std::filesystem::path>& folder = std::nullopt);

}  // namespace mlrepro
