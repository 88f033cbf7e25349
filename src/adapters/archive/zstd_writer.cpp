#include "adapters/archive/zstd_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <exception>
#include <new>

#include "adapters/archive/archive_library.hpp"
#include "base/error.hpp"
#include "base/handle.hpp"

namespace mlrepro {
namespace {

archive* new_writer() {
  load_archive();
  return archive_write_new();
}

void free_writer(archive* writer) {
  archive_write_free(writer);
}

}  // namespace

struct ZstdWriter::State {
  explicit State(Out to) : out(std::move(to)), handle(new_writer()) {
    if (!handle) throw std::bad_alloc();
    archive* const a = handle.get();
    check(archive_write_set_format_raw(a));
    check(archive_write_add_filter_zstd(a));
    // The fastest: what is kept this way is never sent anywhere.
    check(archive_write_set_filter_option(a, "zstd", "compression-level", "1"));
    check(archive_write_set_bytes_per_block(a, 0));
    check(archive_write_open2(a, this, nullptr, write_callback, nullptr, nullptr));
    const std::unique_ptr<archive_entry, Deleter<archive_entry_free>> entry(archive_entry_new());
    if (!entry) throw std::bad_alloc();
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    check(archive_write_header(a, entry.get()));
  }

  void check(int status) const {
    if (trouble) std::rethrow_exception(trouble);
    if (status == ARCHIVE_OK) return;
    const char* text = archive_error_string(handle.get());
    throw Error(ErrorKind::surroundings, "compress",
                std::string("cannot compress: ") + (text != nullptr ? text : "libarchive gives no reason"));
  }

  static la_ssize_t write_callback(archive* writer, void* data, const void* bytes, std::size_t size) {
    auto& state = *static_cast<State*>(data);
    try {
      if (!state.trouble) state.out({static_cast<const char*>(bytes), size});
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      state.trouble = std::current_exception();
      archive_set_error(writer, EIO, "the stream cannot be written");
      return ARCHIVE_FATAL;
    }
  }

  Out out;
  std::exception_ptr trouble;
  std::unique_ptr<archive, Deleter<free_writer>> handle;
};

ZstdWriter::ZstdWriter(Out out) : state_(std::make_unique<State>(std::move(out))) {}
ZstdWriter::ZstdWriter(ZstdWriter&& other) noexcept = default;

ZstdWriter::~ZstdWriter() {
  // Freeing a writer that was not closed writes what it still holds.
  if (state_ && !state_->trouble) state_->out = [](std::string_view) {};
}

void ZstdWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const la_ssize_t taken = archive_write_data(state_->handle.get(), bytes.data(), bytes.size());
    if (taken <= 0) state_->check(ARCHIVE_FATAL);
    bytes.remove_prefix(static_cast<std::size_t>(taken));
  }
}

void ZstdWriter::finish() {
  state_->check(archive_write_close(state_->handle.get()));
}

}  // namespace mlrepro
