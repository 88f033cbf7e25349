#include "adapters/archive/archive_input.hpp"

#include <archive.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "adapters/archive/archive_library.hpp"
#include "base/error.hpp"

namespace mlrepro {
namespace {

la_ssize_t read_callback(archive* handle, void* data, const void** bytes) {
  auto& input = *static_cast<ArchiveInput*>(data);
  try {
    return static_cast<la_ssize_t>(input.next(bytes));
  } catch (...) {
    input.failed(std::current_exception());
    archive_set_error(handle, EIO, "the stream cannot be read");
    return ARCHIVE_FATAL;
  }
}

archive* new_archive_reader() {
  load_archive();
  return archive_read_new();
}

}  // namespace

ReadNext read_from(int fd, std::string name) {
  return [fd, name = std::move(name)](std::span<char> into) {
    for (;;) {
      const ssize_t got = ::read(fd, into.data(), into.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw system_error(errno, "read " + name);
    }
  };
}

void free_archive_reader(archive* reader) {
  archive_read_free(reader);
}

ArchiveInput::ArchiveInput(ReadNext read, TarCompression compression)
    : read_(std::move(read)), buffer_(std::size_t{256} << 10), handle_(new_archive_reader()) {
  if (!handle_) throw std::bad_alloc();
  archive* const a = handle_.get();
  archive_read_support_format_empty(a);
  if (compression == TarCompression::none) return;
  archive_read_support_filter_xz(a);
  archive_read_support_filter_gzip(a);
  archive_read_support_filter_zstd(a);
  archive_read_support_filter_bzip2(a);
  archive_read_support_filter_lzma(a);
  archive_read_support_filter_lz4(a);
}

int ArchiveInput::open() {
  return archive_read_open(handle_.get(), this, nullptr, read_callback, nullptr);
}

void ArchiveInput::rethrow() const {
  if (trouble_) std::rethrow_exception(trouble_);
}

std::string ArchiveInput::trouble() const {
  const char* text = archive_error_string(handle_.get());
  return text != nullptr ? text : "libarchive gives no reason";
}

std::size_t ArchiveInput::next(const void** bytes) {
  const std::size_t got = read_(buffer_);
  *bytes = buffer_.data();
  return got;
}

}  // namespace mlrepro
