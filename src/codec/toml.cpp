#include "codec/toml.hpp"

#include <toml++/toml.h>
#include <sstream>

#include "base/error.hpp"

namespace mlrepro {
namespace {

Json convert(const toml::node& node, const std::string& path, TomlDocument& document) {
  document.lines.emplace(path, node.source().begin.line);
  if (const auto* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, child] : *table) {
      const std::string name(key.str());
      std::string child_path = path;
      if (!child_path.empty()) child_path += '.';
      child_path += name;
      object[name] = convert(child, child_path, document);
      document.lines[child_path] = key.source().begin.line;
    }
    return object;
  }
  if (const auto* array = node.as_array()) {
    Json list = Json::array();
    for (std::size_t i = 0; i < array->size(); ++i) {
      const std::string item_path = path + "[" + std::to_string(i) + "]";
      list.push_back(convert((*array)[i], item_path, document));
      document.lines[item_path] = (*array)[i].source().begin.line;
    }
    return list;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  std::ostringstream text;
  text.imbue(std::locale::classic());
  node.visit([&](const auto& value) {
    if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                  toml::is_date_time<decltype(value)>) {
      text << value.get();
    }
  });
  return text.str();
}

}  // namespace

TomlDocument parse_toml(std::string_view text, const std::string& name) {
  TomlDocument document;
  try {
    const toml::table table = toml::parse(text);
    document.value = convert(table, "", document);
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    throw Error(ErrorKind::input, "bad-toml",
                name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                    ": not valid TOML: " + std::string(error.description()));
  }
  return document;
}

// A JSON string is a TOML basic string but for DEL, which TOML wants escaped.
std::string toml_string(std::string_view text) {
  std::string quoted = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  for (std::size_t at = 0; (at = quoted.find('\x7f', at)) != std::string::npos;)
    quoted.replace(at, 1, "\\u007F");
  return quoted;
}

}  // namespace mlrepro
