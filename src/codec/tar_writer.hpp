// The one writer of tars: image layers and archives get their digests from these bytes, so the layout is a
// contract.
//
// POSIX.1-2001 pax interchange format, 512-byte blocks:
//   - ustar header: name as given (directories end in '/'), mode 7 octal digits + NUL, uid, gid likewise,
//   size and mtime 11
//     octal digits + NUL, checksum 6 octal digits + NUL + space, magic "ustar\0" "00", uname and gname empty,
//     device numbers 7 octal digits + NUL for devices and all NUL for the rest, prefix empty (never used).
//   - A pax header (type 'x', name "PaxHeader", mode 0644, everything else 0) comes before an entry only
//   where a value does not
//     fit ustar: path or linkpath over 100 bytes or not ASCII, size from 8 GiB, uid or gid from 2^21, mtime
//     outside 0..2^33-1, extended attributes (SCHILY.xattr.NAME). Its records are sorted by key as bytes;
//     hdrcharset=BINARY comes first where a path is not UTF-8. The ustar field then holds the first 100
//     bytes, or 0.
//   - Hard links and all but files have size 0. Two zero blocks end it; no padding to a record of 20 blocks.
// Rejected: GNU long names (two dialects), ustar's prefix (a second way to write one path), libarchive's
// writer (its bytes change with its version).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace mlrepro {

enum class TarType : char {
  file = '0',
  hardlink = '1',
  symlink = '2',
  character_device = '3',
  block_device = '4',
  directory = '5',
  fifo = '6',
};

struct TarHeader {
  std::string path;  // without a closing '/'
  TarType type = TarType::file;
  std::uint32_t mode = 0644;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t mtime = 0;
  std::uint64_t size = 0;  // files alone
  std::string target;      // of a hard link or symlink
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::map<std::string, std::string> xattrs;
};

class TarWriter {
 public:
  using Out = std::function<void(std::string_view)>;
  explicit TarWriter(Out out) : out_(std::move(out)) {}

  // Begins an entry. The one before must have got all its data: Error(internal) otherwise.
  void begin(const TarHeader& header);
  // Data of the entry begun last; more than its size is Error(internal).
  void data(std::string_view piece);
  // The end mark. Nothing may follow.
  void finish();

  // Bytes given to `out` so far.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  void put(std::string_view bytes);
  void pad(std::uint64_t size);
  void end_entry();

  Out out_;
  std::uint64_t written_ = 0;
  std::uint64_t size_ = 0;       // of the current entry
  std::uint64_t remaining_ = 0;  // of it, still to come
  std::string path_;
};

}  // namespace mlrepro
