// SQLite in three RAII types: a database, a statement, a transaction that rolls back unless committed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro {

class Database {
 public:
  // Opens or makes the file, with foreign keys on, WAL, synchronous FULL, and 10 s of patience with other
  // writers. Every failure of this header is Error(surroundings, "records") with the file and SQLite's
  // reason, or Error(input, "bad-records") where the file is no database.
  explicit Database(const std::filesystem::path& file);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // One or more statements without parameters and results.
  void execute(const std::string& sql);
  [[nodiscard]] int user_version();

 private:
  friend class Statement;
  struct State;
  std::unique_ptr<State> state_;
};

class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // Parameters count from 1.
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::int64_t number);
  Statement& bind(int index, double number);
  Statement& bind_null(int index);
  // Whether there is another row.
  [[nodiscard]] bool step();
  // Runs to the end and is then ready for new parameters.
  void run();
  // Columns count from 0.
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Transaction {
 public:
  // Takes the write lock at once, so that two writers queue instead of failing half-way.
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace mlrepro
