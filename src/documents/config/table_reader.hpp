// Reads one table of a configuration file key by key, and refuses what nobody asked for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/toml.hpp"

namespace mlrepro {

// Every get marks its key as known; finish() throws for the first key that no get named: Error(input,
// "unknown-key") with file, line and the nearest known key. A value of another type is Error(input,
// "wrong-type").
class TableReader {
 public:
  // `path` is the table's place in the document: "", "os", "data[0]". `file` names it in messages.
  TableReader(const TomlDocument& document, const Json& table, std::string path, std::string file);

  [[nodiscard]] std::optional<std::string> text(const std::string& key);
  [[nodiscard]] std::optional<bool> flag(const std::string& key);
  [[nodiscard]] std::vector<std::string> texts(const std::string& key);
  [[nodiscard]] std::optional<long long> integer(const std::string& key);
  [[nodiscard]] std::vector<std::string> text_or_texts(const std::string& key);  // "a" is as ["a"]
  // A flag, or a list that goes to `list` (then absent).
  [[nodiscard]] std::optional<bool> flag_or_texts(const std::string& key, std::vector<std::string>& list);
  // Of `key = { a = "1" }`, sorted by name; numbers and booleans are taken as their text.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> text_table(const std::string& key);
  // The tables below, for a reader of their own: (value, path).
  [[nodiscard]] std::optional<std::pair<const Json*, std::string>> table(const std::string& key);
  [[nodiscard]] std::vector<std::pair<const Json*, std::string>> tables(const std::string& key);
  // A path, or `true` for the usual one; absent for `false`.
  [[nodiscard]] std::optional<std::string> path_or_flag(const std::string& key, const std::string& usual);
  // text() restricted to a set.
  [[nodiscard]] std::string choice(const std::string& key, const std::vector<std::string>& allowed,
                                   const std::string& otherwise);
  void finish() const;

  // "mlrepro.toml:12: " + message, for the line of `key`.
  [[noreturn]] void refuse(const std::string& key, const std::string& code, const std::string& message,
                           const std::string& hint = {}) const;

  // "os.packages" for the key "packages" of [os].
  [[nodiscard]] std::string place(const std::string& key) const;

 private:
  const Json* find(const std::string& key);

  const TomlDocument* document_;
  const Json* table_;
  std::string path_;
  std::string file_;
  std::vector<std::string> known_;
};

// A reader for what table() or tables() gave.
using SubtableReader = std::function<TableReader(const std::pair<const Json*, std::string>&)>;

}  // namespace mlrepro
