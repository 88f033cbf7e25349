// The records of a project: .mlrepro/records.db, SQLite in WAL mode beside the manifest. Schema:
// store/schema.sql.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "documents/record/run_record.hpp"

namespace mlrepro {

class Catalog {
 public:
  // Opens or makes the database; migrates an older schema (user_version). Throws Error(input,
  // "records-newer") for a schema newer than ours, Error(surroundings, "records") where SQLite cannot.
  explicit Catalog(const std::filesystem::path& file);
  Catalog(Catalog&&) noexcept;
  Catalog& operator=(Catalog&&) noexcept;
  ~Catalog();

  // One transaction; a record of the same id is replaced whole.
  void put(const RunRecord& record);
  // Newest first; without logs.
  [[nodiscard]] std::vector<RunRecord> list() const;
  // A full id, a unique prefix of 4 or more digits, a name, "latest" or "latest~N". Throws Error(input,
  // "no-run") where none fits (nearest name as hint), "ambiguous-run" naming those that do.
  [[nodiscard]] RunRecord find(const std::string& run) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace mlrepro
