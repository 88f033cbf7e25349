// Requirements by URL and path as a manifest holds them: in one spelling, with paths that start at its
// folder.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "standards/python/direct_url.hpp"

namespace mlrepro {

// A line that names a URL or path. Throws Error(input, "bad-requirement") where it cannot be followed.
[[nodiscard]] python::DirectRequirement direct_requirement(std::string_view line);

// A line that names an index's project comes back as it is. Of a URL or path: `name[extras] @ URL ; marker`,
// without the name where only the thing itself tells it. A relative path starts at `from`, the folder of the
// file that has the line, and comes back relative to `folder`, the manifest's, as does an absolute one that
// lies below it. Credentials in a URL stay: normalised() leaves them out. Throws Error(input,
// "bad-requirement") where the reference cannot be followed.
[[nodiscard]] std::string direct_line(std::string_view line, const std::filesystem::path& from,
                                      const std::filesystem::path& folder);

// The same for a place of files (find-links): a URL, or a path, which comes back as "./path", "../path" or
// absolute.
[[nodiscard]] std::string direct_place(std::string_view place, const std::filesystem::path& from,
                                       const std::filesystem::path& folder);

// The line as a lock may hold it: without credentials.
[[nodiscard]] std::string public_line(std::string_view line);

}  // namespace mlrepro
