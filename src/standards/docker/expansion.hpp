// Variables in the words of a Dockerfile: $V, ${V}, ${V:-default}, ${V:+other}, quotes and escapes.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::docker {

struct Expanded {
  std::string text;     // quotes and escapes taken off, variables replaced
  bool known = true;    // every variable that counts has a known value, and the result was not cut
  bool literal = true;  // no variable stands in it
};

// A variable that is set to something which the file does not tell has the value nullopt.
using Variables = std::map<std::string, std::optional<std::string>, std::less<>>;

// Work and memory of one file's expansions: ARGs that name each other ten times over stay harmless.
class Budget {
 public:
  static constexpr std::size_t most_in_word = 64U << 10;
  explicit Budget(std::size_t bytes) : left_(bytes) {}
  [[nodiscard]] bool take(std::size_t bytes) {
    const bool enough = bytes <= left_;
    left_ -= enough ? bytes : left_;
    return enough;
  }

 private:
  std::size_t left_;
};

// The value of one word. An unset variable is empty and makes the word unknown. ${V#pattern}, ${V%pattern}
// and ${V/a/b} make it unknown too. In single quotes all is literal; what is no variable ("$" alone, "$(")
// stays.
[[nodiscard]] Expanded expand(std::string_view word, char escape, const Variables& variables, Budget& budget);

// The names that a shell would replace in `text`: $V and ${V...}, also inside double quotes.
[[nodiscard]] std::vector<std::string> variables_in(std::string_view text);

}  // namespace mlrepro::docker
