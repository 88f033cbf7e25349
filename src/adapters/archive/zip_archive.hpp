// Zip files of foreign origin (wheels), by their central directory as Python's zipfile reads them, through
// libzip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct ZipMember {
  std::string name;        // as written: may be hostile, check before use; a folder's ends in '/'
  std::uint64_t size = 0;  // uncompressed
  std::uint32_t mode = 0;  // Unix mode with type bits where the archive was made on Unix, else 0
  std::uint64_t index = 0;
};

// One thread at a time; several objects may read one file.
class ZipArchive {
 public:
  // Throws Error(input, "bad-zip") where it is no zip, names a member twice, or is encrypted.
  explicit ZipArchive(const std::filesystem::path& file, std::string name);
  ZipArchive(ZipArchive&&) noexcept;
  ZipArchive& operator=(ZipArchive&&) noexcept;
  ~ZipArchive();

  // In the directory's order.
  [[nodiscard]] const std::vector<ZipMember>& members() const noexcept { return members_; }
  // Its bytes in pieces, `member.size` in all, CRC checked. Throws Error(input, "bad-zip").
  void read(const ZipMember& member, const std::function<void(std::string_view)>& piece) const;
  // The whole of it; Error(input, "bad-zip") over `most` bytes.
  [[nodiscard]] std::string read_text(const ZipMember& member, std::uint64_t most) const;

 private:
  struct State;
  [[noreturn]] void refuse(const std::string& why) const;
  std::string name_;
  std::unique_ptr<State> state_;
  std::vector<ZipMember> members_;
};

}  // namespace mlrepro
