// The tables of a project's records, and how older databases get them. PRAGMA user_version counts the schema.
#pragma once

#include <filesystem>

#include "adapters/sqlite/database.hpp"

namespace mlrepro {

// Gives `database` the tables of schema.sql: an empty one all of them, one of an older version what it lacks;
// its rows stay. One transaction, safe beside other processes. `file` is for messages. Throws Error(input,
// "records-newer") for a version that this program does not know.
void bring_schema_up_to_date(Database& database, const std::filesystem::path& file);

}  // namespace mlrepro
