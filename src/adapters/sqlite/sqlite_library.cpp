#include "adapters/sqlite/sqlite_library.hpp"

#include "base/late_library.hpp"

// The functions that this room calls.
// clang-format off
#define SQLITE_FUNCTIONS(each) \
  each(sqlite3_bind_double)    \
  each(sqlite3_bind_int64)     \
  each(sqlite3_bind_null)      \
  each(sqlite3_bind_text64)    \
  each(sqlite3_busy_timeout)   \
  each(sqlite3_close_v2)       \
  each(sqlite3_column_bytes)   \
  each(sqlite3_column_double)  \
  each(sqlite3_column_int64)   \
  each(sqlite3_column_text)    \
  each(sqlite3_column_type)    \
  each(sqlite3_errcode)        \
  each(sqlite3_errmsg)         \
  each(sqlite3_exec)           \
  each(sqlite3_finalize)       \
  each(sqlite3_open_v2)        \
  each(sqlite3_prepare_v2)     \
  each(sqlite3_reset)          \
  each(sqlite3_step)
// clang-format on

SQLITE_FUNCTIONS(MLREPRO_LATE_FUNCTION)

namespace mlrepro {

void load_sqlite() {
  static const LateLibrary library("libsqlite3.so.0", {SQLITE_FUNCTIONS(MLREPRO_LATE_ENTRY)});
}

}  // namespace mlrepro
