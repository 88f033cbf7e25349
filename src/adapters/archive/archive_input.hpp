// What both readers of libarchive share: a stream of ours as its input, and the compressions it may undo.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/handle.hpp"

struct archive;

namespace mlrepro {

// Gives the next bytes of the compressed stream, as many as fit `into`; 0 at its end.
using ReadNext = std::function<std::size_t(std::span<char> into)>;

// From an open file, which must outlive it. `name` is for messages.
[[nodiscard]] ReadNext read_from(int fd, std::string name);

// Whether a tar is looked at for compression: not where it came out of a compressed stream already.
enum class TarCompression { told_by_bytes, none };

void free_archive_reader(archive* reader);

// A reader of libarchive on a stream of ours. Not to be moved: libarchive knows its address.
class ArchiveInput {
 public:
  // Knows xz, gzip, zstd, bzip2, lzma and lz4; formats are for the user to add before open(). By name: "all"
  // would also start outside programs, and take a text for uuencode.
  explicit ArchiveInput(ReadNext read, TarCompression compression = TarCompression::told_by_bytes);
  ArchiveInput(const ArchiveInput&) = delete;
  ArchiveInput& operator=(const ArchiveInput&) = delete;

  [[nodiscard]] archive* get() const { return handle_.get(); }
  [[nodiscard]] int open();  // libarchive's status
  // What the stream threw while libarchive called it is thrown on here.
  void rethrow() const;
  // In libarchive's words.
  [[nodiscard]] std::string trouble() const;

  // Of `data` of libarchive's callback.
  std::size_t next(const void** bytes);
  void failed(std::exception_ptr trouble) { trouble_ = std::move(trouble); }

 private:
  ReadNext read_;
  std::vector<char> buffer_;
  std::exception_ptr trouble_;
  std::unique_ptr<archive, Deleter<free_archive_reader>> handle_;
};

}  // namespace mlrepro
