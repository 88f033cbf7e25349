#include "adapters/archive/decompress.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "base/error.hpp"
#include "base/handle.hpp"

namespace mlrepro {
namespace {

void free_reader(archive* reader) {
  archive_read_free(reader);
}
using Reader = std::unique_ptr<archive, Deleter<free_reader>>;

[[noreturn]] void fail(archive* reader, const std::filesystem::path& file) {
  const char* why = archive_error_string(reader);
  throw Error(
      ErrorKind::input, "bad-archive",
      "cannot decompress " + file.filename().string() + ": " + (why != nullptr ? why : "it is damaged"));
}

}  // namespace

void decompress_file(const std::filesystem::path& file, const std::function<bool(std::string_view)>& sink,
                     std::uint64_t max_bytes) {
  const Reader reader(archive_read_new());
  if (!reader) throw std::bad_alloc();
  // By name: "all" would also start outside programs, and take a text for uuencode.
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_lzma(reader.get());
  archive_read_support_filter_lz4(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  if (archive_read_open_filename(reader.get(), file.c_str(), std::size_t{1} << 18) != ARCHIVE_OK)
    fail(reader.get(), file);
  archive_entry* entry = nullptr;
  const int begun = archive_read_next_header(reader.get(), &entry);
  if (begun == ARCHIVE_EOF) return;
  if (begun != ARCHIVE_OK) fail(reader.get(), file);
  std::uint64_t total = 0;
  for (;;) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int got = archive_read_data_block(reader.get(), &block, &size, &offset);
    if (got == ARCHIVE_EOF) return;
    if (got != ARCHIVE_OK) fail(reader.get(), file);
    total += size;
    if (total > max_bytes) {
      throw Error(
          ErrorKind::input, "too-large",
          file.filename().string() + " decompresses to more than " + std::to_string(max_bytes) + " bytes");
    }
    if (!sink({static_cast<const char*>(block), size})) return;
  }
}

}  // namespace mlrepro
