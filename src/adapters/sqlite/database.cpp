#include "adapters/sqlite/database.hpp"

#include <sqlite3.h>

#include "adapters/sqlite/sqlite_library.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/handle.hpp"

namespace mlrepro {
namespace {

void close_database(sqlite3* handle) {
  sqlite3_close_v2(handle);
}
void finalize_statement(sqlite3_stmt* handle) {
  sqlite3_finalize(handle);
}

[[noreturn]] void fail(sqlite3* handle, const std::string& file, const std::string& doing) {
  const int code = handle != nullptr ? sqlite3_errcode(handle) : SQLITE_NOMEM;
  const std::string reason = handle != nullptr ? sqlite3_errmsg(handle) : "out of memory";
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
    throw Error(ErrorKind::input, "bad-records",
                "cannot " + doing + " SQLite database " + file + ": " + reason,
                "move it away; mlrepro makes a new one");
  }
  throw Error(ErrorKind::surroundings, code == SQLITE_FULL ? "disk-full" : "records",
              "cannot " + doing + " SQLite database " + file + ": " + reason);
}

}  // namespace

struct Database::State {
  std::string file;
  std::unique_ptr<sqlite3, Deleter<close_database>> handle;
};

struct Statement::State {
  Database::State* database = nullptr;
  std::unique_ptr<sqlite3_stmt, Deleter<finalize_statement>> handle;

  void must(int code) const {
    if (code != SQLITE_OK) fail(database->handle.get(), database->file, "use");
  }
};

Database::Database(const std::filesystem::path& file) : state_(std::make_unique<State>()) {
  load_sqlite();
  if (file.has_parent_path()) make_directories(file.parent_path());
  state_->file = file.string();
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  state_->handle.reset(raw);
  if (code != SQLITE_OK) fail(raw, state_->file, "open");
  sqlite3_busy_timeout(raw, 10'000);
  execute("PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
}

Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(state_->handle.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(state_->handle.get(), state_->file, "use");
  }
}

int Database::user_version() {
  Statement statement(*this, "PRAGMA user_version");
  return statement.step() ? static_cast<int>(statement.number(0)) : 0;
}

Statement::Statement(Database& database, std::string_view sql) : state_(std::make_unique<State>()) {
  state_->database = database.state_.get();
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(database.state_->handle.get(), sql.data(), static_cast<int>(sql.size()),
                                      &raw, nullptr);
  state_->handle.reset(raw);
  state_->must(code);
}

Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Statement& Statement::bind(int index, std::string_view text) {
  state_->must(sqlite3_bind_text64(state_->handle.get(), index, text.data() != nullptr ? text.data() : "",
                                   text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int index, std::int64_t number) {
  state_->must(sqlite3_bind_int64(state_->handle.get(), index, number));
  return *this;
}

Statement& Statement::bind(int index, double number) {
  state_->must(sqlite3_bind_double(state_->handle.get(), index, number));
  return *this;
}

Statement& Statement::bind_null(int index) {
  state_->must(sqlite3_bind_null(state_->handle.get(), index));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(state_->handle.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(state_->database->handle.get(), state_->database->file, "use");
  return false;
}

void Statement::run() {
  while (step()) {
  }
  sqlite3_reset(state_->handle.get());
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(state_->handle.get(), column));
  const int size = sqlite3_column_bytes(state_->handle.get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(state_->handle.get(), column);
}
double Statement::real(int column) const {
  return sqlite3_column_double(state_->handle.get(), column);
}
bool Statement::is_null(int column) const {
  return sqlite3_column_type(state_->handle.get(), column) == SQLITE_NULL;
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const Error&) {
    // The connection is broken; closing it rolls back as well.
    open_ = false;
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace mlrepro
