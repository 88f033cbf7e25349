#include "adapters/archive/zip_library.hpp"

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define ZIP_FUNCTIONS(each)              \
  each(zip_discard)                      \
  each(zip_error_fini)                   \
  each(zip_error_init_with_code)         \
  each(zip_error_strerror)               \
  each(zip_fclose)                       \
  each(zip_file_get_external_attributes) \
  each(zip_file_strerror)                \
  each(zip_fopen_index)                  \
  each(zip_fread)                        \
  each(zip_get_num_entries)              \
  each(zip_open)                         \
  each(zip_stat_index)                   \
  each(zip_strerror)
// clang-format on

ZIP_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

void load_zip() {
  // Upstream's name, and that of Debian up to 12 for the same.
  static const LateLibrary library("libzip.so.5 libzip.so.4", {ZIP_FUNCTIONS(MLREPRO_LATE_ENTRY)});
}

}  // namespace mlrepro
