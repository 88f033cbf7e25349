// What lies in the project's folder, as hashes: data sets, and the files that output patterns name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "documents/record/run_record.hpp"

namespace mlrepro {

// A file's SHA-256 and size; for a folder the root of its Merkle tree: SHA-256 over one line an entry, sorted
// by name as bytes: "file <mode x or -> <size> <hex> <name>\n", "link <hex of the target> <name>\n", "dir
// <hex of its own lines> <name>\n". Links are recorded, never followed. Throws Error(input, "data-missing")
// where `folder`/`path` is not there, Error(input, "bad-data") for a device, socket or pipe.
[[nodiscard]] LockedData data_state(const std::filesystem::path& folder, const std::string& path);

// The plain files below `folder`/`path`, sorted by path, which starts with `path` itself; a file gives
// itself.
[[nodiscard]] std::vector<RecordedFile> hash_files(const std::filesystem::path& folder,
                                                   const std::string& path);

// Whether a relative path fits a glob: `?` and `*` within a name, `**` for any number of folders, `[...]`
// sets.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view path);

// What tells a file that was written from one that was not, without reading it.
struct FileStamp {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t changed_seconds = 0;  // ctime, which no program can set back
  std::int64_t changed_nanoseconds = 0;
  bool operator==(const FileStamp&) const = default;
};
using FileStamps = std::map<std::string, FileStamp>;  // by path
// Of the plain files below `folder` that fit one of the patterns; links and .mlrepro/ are passed over.
[[nodiscard]] FileStamps stamp_matching(const std::filesystem::path& folder,
                                        const std::vector<std::string>& patterns);

struct MatchedFiles {
  std::vector<RecordedFile> files;   // sorted by path
  std::vector<std::string> missing;  // patterns that no file fits
};
// The same files, hashed; those that are as `before` says were not written since and are passed over.
[[nodiscard]] MatchedFiles hash_matching(const std::filesystem::path& folder,
                                         const std::vector<std::string>& patterns,
                                         const FileStamps& before = {});

}  // namespace mlrepro
