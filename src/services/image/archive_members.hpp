// What two archives are compared by: the members of each, whatever its format.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mlrepro {

struct ArchiveMember {
  std::string name;  // as it comes: not safe for a terminal
  // "time", "mode": in words, the same kinds in all of one format.
  std::vector<std::pair<std::string, std::string>> traits;
  std::uint64_t size = 0;
  std::string mark;         // equal where the bytes are
  std::uint64_t place = 0;  // where its archive finds it
};

class Archive {
 public:
  virtual ~Archive() = default;
  // None where its format is broken.
  [[nodiscard]] virtual const std::vector<ArchiveMember>& members() const = 0;
  // Absent where they are too many, or cannot be had.
  [[nodiscard]] virtual std::optional<std::string> bytes(const ArchiveMember& member) const = 0;
};

enum class ArchiveKind { none, zip, ar, tar, stream };

// By the first bytes of an open file.
[[nodiscard]] ArchiveKind archive_kind(int fd, const std::string& name);

// Of any kind but none. A stream (gzip, xz, zstd, bzip2) has one member, what it decompresses to; as a tar it
// may be opened too. The file stays open while it is used. Throws Error(input) where it cannot be read as
// such.
[[nodiscard]] std::unique_ptr<Archive> open_archive(ArchiveKind kind, int fd, const std::string& name);

}  // namespace mlrepro
