// What a command says on standard output: lines for people, or with --json one document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json.hpp"

namespace mlrepro {

enum class Tone { plain, good, bad, faint, strong };

class Answer {
 public:
  virtual ~Answer() = default;
  // Whether --json was given: then line() and table() say nothing and document() prints.
  [[nodiscard]] virtual bool wants_document() const = 0;
  virtual void line(std::string_view text, Tone tone = Tone::plain) = 0;
  // Columns line up; the first row is the head.
  virtual void table(const std::vector<std::vector<std::string>>& rows) = 0;
  virtual void document(const Json& json) = 0;
};

}  // namespace mlrepro
