// TOML 1.0 (by toml++) as Json, with the line of every key for messages.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "codec/json.hpp"

namespace mlrepro {

struct TomlDocument {
  Json value = Json::object();               // dates and times as RFC 3339 strings
  std::map<std::string, std::size_t> lines;  // "os.packages", "data[0]", "data[0].path" -> line, from 1
};

// Throws Error(input, "bad-toml") with `name`, line, column and toml++'s reason.
[[nodiscard]] TomlDocument parse_toml(std::string_view text, const std::string& name);

// The text as a basic string with its quotes, control characters escaped.
[[nodiscard]] std::string toml_string(std::string_view text);

}  // namespace mlrepro
