// The options of pip's requirements files, as far as they mean something for a lock.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace mlrepro {

enum class RequirementsOption {
  requirement,
  constraint,
  index_url,
  extra_index_url,
  find_links,
  prereleases,
  require_hashes,
  hash,
  only_binary,
  no_binary,
  flag_without_effect,
  value_without_effect,
};

struct GivenOption {
  RequirementsOption option;
  std::string_view value;
};

// Takes one option with its value off the front of `words`, which are not empty: "--name VALUE",
// "--name=VALUE", "-nVALUE". Absent where none that is known stands there, or its value is missing.
[[nodiscard]] std::optional<GivenOption> take_requirements_option(std::vector<std::string_view>& words);

}  // namespace mlrepro
