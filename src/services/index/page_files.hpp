// The files of a project's page, packed: a page may list tens of thousands, of which a lock takes one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/index/index_cache.hpp"
#include "standards/python/simple_page.hpp"

namespace mlrepro {

// A file as it stands in the packed form: what python::SimpleFile has, without owning any of it. The texts
// last as long as the PageFiles that it came from, `url_head` until the next file is read.
struct FileView {
  std::string_view filename;
  std::string_view url_head;  // the URL; without the file name at its end where `named_by_url`
  bool named_by_url = false;
  std::optional<Sha256> sha256;
  std::optional<std::uint64_t> size;
  std::optional<std::string_view> requires_python;
  std::optional<std::string_view> yanked;
  std::optional<UnixTime> upload_time;
  bool core_metadata = false;
  std::optional<Sha256> core_metadata_sha256;

  [[nodiscard]] python::SimpleFile file() const;
};

class PageFiles {
 public:
  PageFiles() = default;
  explicit PageFiles(const std::vector<python::SimpleFile>& files);
  // The packed form of `count` files from offset `from` on, as packed() gave it. Bytes that are no such thing
  // give fewer files.
  PageFiles(std::string bytes, std::size_t from, std::size_t count);

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::string_view packed() const noexcept { return std::string_view(bytes_).substr(from_); }
  // All of them as values, in the page's order.
  [[nodiscard]] std::vector<python::SimpleFile> all() const;

  // One pass over the files in the page's order: `while (const FileView* file = cursor.next())`. The
  // PageFiles stays where it is meanwhile.
  class Cursor {
   public:
    explicit Cursor(const PageFiles& files) : in_(files.packed()), left_(files.size()) {}
    [[nodiscard]] const FileView* next();

   private:
    CacheReader in_;
    std::size_t left_;
    FileView file_;
    std::string url_;
    std::string_view python_;
  };

 private:
  std::string bytes_;
  std::size_t from_ = 0;
  std::size_t count_ = 0;
};

}  // namespace mlrepro
