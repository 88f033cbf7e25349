// The folders whose files apt reads all: apt.conf.d, sources.list.d, trusted.gpg.d.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace mlrepro {

// The files of `folder`, by name, that apt takes (apt.conf(5), sources.list(5)): of letters, digits, '-', '_'
// and '.' alone, not hidden, with one of `endings` (".list"; "" for none). Empty where there is no folder.
[[nodiscard]] std::vector<std::filesystem::path> apt_parts(const std::filesystem::path& folder,
                                                           const std::set<std::string>& endings);

}  // namespace mlrepro
