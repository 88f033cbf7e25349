// Zip archives of stored members (PKWARE APPNOTE 6.3, 4.3): nothing is compressed, since a compressor's bytes
// change with its version, and one time stands for all members.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mlrepro {

// A time as MS-DOS writes it (4.4.6), date in the upper half: whole days of UTC from 1980 on, two seconds
// fine.
[[nodiscard]] std::uint32_t dos_time(std::int64_t unix_time);

class ZipWriter {
 public:
  using Out = std::function<void(std::string_view)>;
  using Piece = std::function<void(std::string_view)>;

  ZipWriter(Out out, std::uint32_t dos_time) : out_(std::move(out)), time_(dos_time) {}

  // `content` is called twice, once for the checksum, and gives the same bytes each time. `mode` is a Unix
  // mode with type bits. Throws Error(input, "zip-too-large") where the archive would reach 4 GiB or 65,535
  // members.
  void add(const std::string& name, std::uint32_t mode, const std::function<void(const Piece&)>& content);
  // The directory. Nothing may follow.
  void finish();

 private:
  void put(std::string_view bytes);

  Out out_;
  std::uint32_t time_;
  std::uint64_t written_ = 0;
  std::uint32_t members_ = 0;
  std::string directory_;
};

}  // namespace mlrepro
