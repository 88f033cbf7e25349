// YAML (1.2, read by yaml-cpp) as JSON: what configuration files of other tools are written in.
#pragma once

#include <string>
#include <string_view>

#include "codec/json.hpp"

namespace mlrepro {

// The one document in `text`. A plain scalar is null, a boolean or an integer where YAML's core schema says
// so, else text, as a quoted one is. Anchors and aliases, tags, duplicate keys, keys that are no scalars,
// nesting over 32, more than 100,000 values and a second document are refused. Throws Error(input,
// "bad-yaml") with `name`, line and column.
[[nodiscard]] Json parse_yaml(std::string_view text, const std::string& name);

}  // namespace mlrepro
