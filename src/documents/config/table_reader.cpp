#include "documents/config/table_reader.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {

TableReader::TableReader(const TomlDocument& document, const Json& table, std::string path, std::string file)
    : document_(&document), table_(&table), path_(std::move(path)), file_(std::move(file)) {
  if (!table.is_object()) {
    const auto line = document.lines.find(path_);
    throw Error(ErrorKind::input, "wrong-type",
                file_ + ":" + std::to_string(line == document.lines.end() ? 0 : line->second) + ": " + path_ +
                    " must be a table");
  }
}

std::string TableReader::place(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

void TableReader::refuse(const std::string& key, const std::string& code, const std::string& message,
                         const std::string& hint) const {
  auto line = document_->lines.find(place(key));
  // What is missing is reported where its table begins.
  if (line == document_->lines.end()) line = document_->lines.find(path_);
  const std::string at = line == document_->lines.end() ? "" : ":" + std::to_string(line->second);
  throw Error(ErrorKind::input, code, file_ + at + ": " + message, hint);
}

const Json* TableReader::find(const std::string& key) {
  known_.push_back(key);
  const auto found = table_->find(key);
  return found == table_->end() ? nullptr : &*found;
}

std::optional<std::string> TableReader::text(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse(key, "wrong-type", place(key) + " must be a string");
  return value->get<std::string>();
}

std::optional<bool> TableReader::flag(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse(key, "wrong-type", place(key) + " must be true or false");
  return value->get<bool>();
}

std::optional<std::string> TableReader::path_or_flag(const std::string& key, const std::string& usual) {
  const Json* value = find(key);
  if (value == nullptr || *value == false) return std::nullopt;
  if (*value == true) return usual;
  if (!value->is_string()) refuse(key, "wrong-type", place(key) + " must be true, false or a path");
  return value->get<std::string>();
}

std::vector<std::string> TableReader::texts(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  std::vector<std::string> list;
  const bool all = value->is_array() && std::all_of(value->begin(), value->end(),
                                                    [](const Json& item) { return item.is_string(); });
  if (!all) refuse(key, "wrong-type", place(key) + " must be a list of strings");
  for (const auto& item : *value)
    list.push_back(item.get<std::string>());
  return list;
}

std::optional<long long> TableReader::integer(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) refuse(key, "wrong-type", place(key) + " must be a whole number");
  return value->get<long long>();
}

std::vector<std::string> TableReader::text_or_texts(const std::string& key) {
  const auto value = table_->find(key);
  if (value == table_->end() || !value->is_string()) return texts(key);
  return {text(key).value_or("")};
}

std::optional<bool> TableReader::flag_or_texts(const std::string& key, std::vector<std::string>& list) {
  const auto value = table_->find(key);
  if (value == table_->end() || !value->is_array()) return flag(key);
  list = texts(key);
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> TableReader::text_table(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_object()) refuse(key, "wrong-type", place(key) + " must be a table of strings");
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, item] : value->items()) {
    if (item.is_structured()) refuse(key, "wrong-type", place(key) + "." + name + " must be a string");
    pairs.emplace_back(name, item.is_string() ? item.get<std::string>() : item.dump());
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::optional<std::pair<const Json*, std::string>> TableReader::table(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  return std::make_pair(value, place(key));
}

std::vector<std::pair<const Json*, std::string>> TableReader::tables(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_array())
    refuse(key, "wrong-type", place(key) + " must be a list of tables: write [[" + place(key) + "]]");
  std::vector<std::pair<const Json*, std::string>> list;
  for (std::size_t i = 0; i < value->size(); ++i) {
    list.emplace_back(&(*value)[i], place(key) + "[" + std::to_string(i) + "]");
  }
  return list;
}

std::string TableReader::choice(const std::string& key, const std::vector<std::string>& allowed,
                                const std::string& otherwise) {
  const auto value = text(key);
  if (!value) return otherwise;
  if (std::find(allowed.begin(), allowed.end(), *value) != allowed.end()) return *value;
  const auto near = nearest(*value, allowed);
  refuse(key, "bad-value", place(key) + " = \"" + *value + "\" is not one of " + join(allowed, ", "),
         near ? "did you mean \"" + *near + "\"?" : "");
}

void TableReader::finish() const {
  for (const auto& [key, value] : table_->items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const auto near = nearest(key, known_);
    const std::string where = path_.empty() ? "at the top level" : "in [" + path_ + "]";
    refuse(key, "unknown-key", "unknown key \"" + key + "\" " + where,
           near ? "did you mean \"" + *near + "\"?" : "known keys here: " + join(known_, ", "));
  }
}

}  // namespace mlrepro
