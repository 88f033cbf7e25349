#include "store/catalog_schema.hpp"

#include <array>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "store/schema.hpp"

namespace mlrepro {
namespace {

// Element N - 1 makes version N + 1 of version N. Together they end at what schema.sql says.
constexpr std::array<std::string_view, 2> steps{R"sql(
ALTER TABLE runs ADD COLUMN user TEXT;
ALTER TABLE runs ADD COLUMN shm_size INTEGER;
ALTER TABLE runs ADD COLUMN read_only INTEGER;
CREATE TABLE run_mounts (
  run         TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  position    INTEGER NOT NULL,
  source      TEXT NOT NULL,
  destination TEXT NOT NULL,
  read_only   INTEGER NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;
)sql",
                                                R"sql(
ALTER TABLE runs ADD COLUMN gpus TEXT;
ALTER TABLE runs ADD COLUMN memory INTEGER;
ALTER TABLE runs ADD COLUMN cpus REAL;
ALTER TABLE runs ADD COLUMN health TEXT;
ALTER TABLE runs ADD COLUMN health_checks INTEGER;
ALTER TABLE runs ADD COLUMN health_fails INTEGER;
ALTER TABLE runs ADD COLUMN health_last TEXT;
CREATE TABLE run_ports (
  run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  port     TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;
CREATE TABLE run_ulimits (
  run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  ulimit   TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;
CREATE TABLE run_unlocked (
  run    TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  path   TEXT NOT NULL,
  size   INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (run, path)
) STRICT;
)sql"};
constexpr int schema_version = static_cast<int>(steps.size()) + 1;

}  // namespace

void bring_schema_up_to_date(Database& database, const std::filesystem::path& file) {
  if (database.user_version() == schema_version) return;
  Transaction transaction(database);
  const int version = database.user_version();  // again: another process may have been first
  if (version > schema_version) {
    throw Error(ErrorKind::input, "records-newer",
                file.string() + " was written by a newer mlrepro (schema " + std::to_string(version) + ")",
                "use that mlrepro, or move the file away");
  }
  if (version == 0) {
    database.execute(std::string(schema_sql));
  } else {
    for (int step = version; step < schema_version; ++step)
      database.execute(std::string(steps[static_cast<std::size_t>(step) - 1]));
  }
  database.execute("PRAGMA user_version = " + std::to_string(schema_version));
  transaction.commit();
}

}  // namespace mlrepro
