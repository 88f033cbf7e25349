// A zip archive on disk, of which few members are wanted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/handle.hpp"
#include "codec/zip_directory.hpp"

namespace mlrepro {

class ZipFile {
 public:
  // Follows no link at the path's end. Throws Error where the file cannot be opened.
  explicit ZipFile(const std::filesystem::path& path);
  // An open file; `name` is for messages.
  ZipFile(UniqueFd file, std::string name);

  // In the directory's order. Absent where it is no zip archive, or its directory is damaged or larger than
  // `most_directory` bytes.
  [[nodiscard]] std::optional<std::vector<ZipEntry>> members(std::uint64_t most_directory = std::uint64_t{256}
                                                                                            << 20) const;
  // As extract_zip_member().
  [[nodiscard]] std::optional<std::string> content(const ZipEntry& member, std::uint64_t max_size) const;

 private:
  // What there is of them.
  [[nodiscard]] std::string bytes(std::uint64_t from, std::uint64_t count) const;

  std::string name_;
  UniqueFd fd_;
  std::uint64_t size_ = 0;
};

}  // namespace mlrepro
