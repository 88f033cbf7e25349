// What a build changed in the tree of a base image, as one layer over the base's own (OCI image-spec 1.0.2,
// layer.md): entries that are new or other, with the folders above them, and whiteouts for what is gone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "codec/tar_writer.hpp"
#include "services/image/tree_records.hpp"

namespace mlrepro {

struct ChangeLayer {
  std::set<std::string> taken;                           // paths of entries
  std::map<std::string, std::set<std::string>> removed;  // by folder ("": the root), the names in it
  std::int64_t time = 0;                                 // of whiteouts

  [[nodiscard]] bool empty() const { return taken.empty() && removed.empty(); }
};

// Compares `tree`, as far as `choose` takes it, with what it was, and sets times: what is as it was gets the
// time it had, all else `source_date_epoch`. Throws Error(input, "bad-name") for a file that would read as a
// whiteout.
[[nodiscard]] ChangeLayer settle_changes(const std::filesystem::path& tree, const TreeRecords& before,
                                         const Choose& choose, std::int64_t source_date_epoch);

void write_change_layer(const std::filesystem::path& tree, const ChangeLayer& layer,
                        const TarWriter::Out& out);

}  // namespace mlrepro
