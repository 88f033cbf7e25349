// A draft as the text of mlrepro.toml.
#pragma once

#include <string>

#include "services/init/draft.hpp"

namespace mlrepro {

// Keys with a value alone; where each comes from, and what could not be carried over, as comments. `source`
// is what was read, for the first line.
[[nodiscard]] std::string manifest_text(const Draft& draft, const std::string& source);

}  // namespace mlrepro
