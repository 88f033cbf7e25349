// What was read of indexes, kept for the next run: a file for each, in two-letter folders.
//
//   "mlrepro1" | 8 bytes, the mark of the rest | the rest
//
// Nothing is fsynced: a file that a crash left torn has another mark, and is asked for again. Whoever may
// write here may write what they like: nothing of it is believed further than the page it came from would be.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mlrepro {

struct KeptText {
  std::string text;
  std::uint64_t mark = 0;  // IndexCache::mark_of(text)
};

class IndexCache {
 public:
  explicit IndexCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Keys are hexadecimal digits. Absent where nothing whole is kept.
  [[nodiscard]] std::optional<KeptText> find(const std::string& key) const;
  // The mark of what is, or was, kept there, without reading it: it may be torn.
  [[nodiscard]] std::optional<std::uint64_t> mark(const std::string& key) const;
  // Tells what was torn, flipped or changed; not what was forged.
  [[nodiscard]] static std::uint64_t mark_of(std::string_view text);
  // What cannot be kept (no space, no right) is not kept, without a word.
  void keep(const std::string& key, std::string_view text) const noexcept;

 private:
  [[nodiscard]] std::string path_of(const std::string& key) const;
  std::filesystem::path folder_;
};

// Numbers and texts one after the other; what page_files.cpp, kept_page.cpp and the metadata are made of.
class CacheWriter {
 public:
  void number(std::uint64_t value);  // LEB128
  void text(std::string_view value);
  void raw(std::string_view bytes) { bytes_ += bytes; }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what a CacheWriter wrote. After the first thing that is not there all is empty and failed() holds.
class CacheReader {
 public:
  explicit CacheReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] std::uint64_t number();
  [[nodiscard]] std::string_view text();
  [[nodiscard]] std::string_view raw(std::size_t size);
  void fail() noexcept;  // as if what comes next were not there
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace mlrepro
