// The options of pip's requirements files, as far as they mean something for a lock.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro {

enum class RequirementsOption {
  requirement,
  constraint,
  index_url,
  extra_index_url,
  find_links,
  no_index,
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

// The words of a line's options as a POSIX shell splits them: quotes and backslashes hold white space
// together. Absent where a quote is left open.
[[nodiscard]] std::optional<std::vector<std::string>> option_words(std::string_view text);

// The options of a line, one after the other.
class RequirementsOptions {
 public:
  // Absent where a quote is left open.
  [[nodiscard]] static std::optional<RequirementsOptions> read(std::string_view text);

  [[nodiscard]] bool empty() const noexcept { return at_ == words_.size(); }

  // "--name VALUE", "--name=VALUE", "-nVALUE". Absent where none that is known comes next, or its value is
  // missing. Not to be called when empty; the value lives as long as this.
  [[nodiscard]] std::optional<GivenOption> take();

 private:
  explicit RequirementsOptions(std::vector<std::string> words) : words_(std::move(words)) {}

  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

}  // namespace mlrepro
