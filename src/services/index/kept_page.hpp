// A project's page as the cache holds it: read once, it need not be parsed again.
#pragma once

#include <optional>
#include <string>

#include "services/index/page_files.hpp"
#include "services/index/validators.hpp"

namespace mlrepro {

struct KeptPage {
  bool known = false;  // false: the index said that it has no such project
  Validators validators;
  PageFiles files;
};

[[nodiscard]] std::string render_kept_page(const KeptPage& page);
// Inverse of render_kept_page; absent where the bytes are of another program version.
[[nodiscard]] std::optional<KeptPage> parse_kept_page(std::string bytes);

}  // namespace mlrepro
