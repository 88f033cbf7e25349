#include "adapters/archive/archive_library.hpp"

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define ARCHIVE_FUNCTIONS(each)           \
  each(archive_entry_filetype)            \
  each(archive_entry_free)                \
  each(archive_entry_gid)                 \
  each(archive_entry_hardlink)            \
  each(archive_entry_mtime)               \
  each(archive_entry_new)                 \
  each(archive_entry_pathname)            \
  each(archive_entry_pathname_utf8)       \
  each(archive_entry_perm)                \
  each(archive_entry_set_filetype)        \
  each(archive_entry_size)                \
  each(archive_entry_symlink)             \
  each(archive_entry_symlink_utf8)        \
  each(archive_entry_uid)                 \
  each(archive_entry_xattr_next)          \
  each(archive_entry_xattr_reset)         \
  each(archive_error_string)              \
  each(archive_read_data)                 \
  each(archive_read_data_block)           \
  each(archive_read_free)                 \
  each(archive_read_new)                  \
  each(archive_read_next_header)          \
  each(archive_read_open)                 \
  each(archive_read_support_filter_bzip2) \
  each(archive_read_support_filter_gzip)  \
  each(archive_read_support_filter_lz4)   \
  each(archive_read_support_filter_lzma)  \
  each(archive_read_support_filter_xz)    \
  each(archive_read_support_filter_zstd)  \
  each(archive_read_support_format_empty) \
  each(archive_read_support_format_raw)   \
  each(archive_read_support_format_tar)   \
  each(archive_set_error)                 \
  each(archive_write_add_filter_zstd)     \
  each(archive_write_close)               \
  each(archive_write_data)                \
  each(archive_write_free)                \
  each(archive_write_header)              \
  each(archive_write_new)                 \
  each(archive_write_open2)               \
  each(archive_write_set_bytes_per_block) \
  each(archive_write_set_filter_option)   \
  each(archive_write_set_format_raw)
// clang-format on

ARCHIVE_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

void load_archive() {
  static const LateLibrary library("libarchive.so.13", {ARCHIVE_FUNCTIONS(MLREPRO_LATE_ENTRY)});
}

}  // namespace mlrepro
