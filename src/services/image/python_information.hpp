// What a tree says of the Python packages in it: their folders *.dist-info.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "standards/python/record.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {

struct InformationFolder {
  std::string project;  // its normalised name
  std::string path;     // below the tree's root
};

// Those in `site` (site_packages()), by path. Throws Error where `site` is no folder.
[[nodiscard]] std::vector<InformationFolder> information_folders(SafeFolder& tree, const std::string& site);

// Absent where there is none, or it cannot be parsed.
[[nodiscard]] std::optional<std::vector<python::RecordEntry>> read_record(SafeFolder& tree,
                                                                          const InformationFolder& folder);

}  // namespace mlrepro
