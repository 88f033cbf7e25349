// The central directory of a zip archive (PKWARE APPNOTE 4.3.12, 4.3.16, zip64 4.3.14), read from the
// archive's last bytes alone, so that one member can be fetched from afar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct ZipEntry {
  std::string name;  // as written, never with a NUL; may be hostile otherwise: no path before it is checked
  std::uint16_t method = 0;  // 0 stored, 8 deflate
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t header_offset = 0;  // of the local header, from the archive's start
  std::uint32_t dos_time = 0;       // date in the upper half, time in the lower, as MS-DOS has them (4.4.6)
};

struct ZipDirectory {
  std::uint64_t offset = 0;  // where the central directory begins in the archive
  std::uint64_t size = 0;    // its bytes
  std::uint64_t entries = 0;
};

// `tail` holds the last bytes of an archive of `total` bytes. Absent where no end-of-central-directory record
// is in it, or what it says does not fit into `total`.
[[nodiscard]] std::optional<ZipDirectory> find_zip_directory(std::string_view tail, std::uint64_t total);

// `bytes` is the central directory itself. Absent where it is damaged, says more entries than it can hold, or
// has a name with a NUL, which readers end at different places.
[[nodiscard]] std::optional<std::vector<ZipEntry>> parse_zip_directory(std::string_view bytes,
                                                                       std::uint64_t entries);

// How many bytes from its local header on hold the member, where that header's extra fields are of a usual
// size: they are not told beforehand.
[[nodiscard]] std::uint64_t usual_zip_member_size(const ZipEntry& member);

// A member's content from bytes that start at its local header (more may follow). Absent where the header is
// another file's or says that the member is encrypted, the method is neither stored nor deflate, the content
// exceeds `max_size`, or size or CRC do not fit.
[[nodiscard]] std::optional<std::string> extract_zip_member(std::string_view local, const ZipEntry& member,
                                                            std::uint64_t max_size);

}  // namespace mlrepro
