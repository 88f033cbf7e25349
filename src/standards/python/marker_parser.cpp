#include <algorithm>
#include <utility>

#include "base/characters.hpp"
#include "standards/python/marker.hpp"
#include "standards/python/marker_words.hpp"
#include "standards/python/name.hpp"

namespace mlrepro::python {
namespace {

constexpr std::size_t deepest = 64;

bool is_word(char c) {
  return is_alphanumeric(c) || c == '_' || c == '.';
}

}  // namespace

// marker := and-group ("or" and-group)*
// and-group := term ("and" term)*
// term := "(" marker ")" | operand op operand
class MarkerParser {
 public:
  explicit MarkerParser(std::string_view text) : rest_(text) {}

  std::optional<Marker> parse() {
    if (!disjunction(0)) return std::nullopt;
    skip_space();
    if (!rest_.empty()) return std::nullopt;
    return std::move(marker_);
  }

 private:
  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front()))
      rest_.remove_prefix(1);
  }

  std::string_view peek_word() {
    skip_space();
    std::size_t size = 0;
    while (size < rest_.size() && is_word(rest_[size]))
      ++size;
    return rest_.substr(0, size);
  }

  bool keyword(std::string_view word) {
    if (peek_word() != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool disjunction(std::size_t depth) {
    if (!conjunction(depth)) return false;
    while (keyword("or")) {
      if (!conjunction(depth)) return false;
      marker_.postfix_.push_back(Marker::or_);
    }
    return true;
  }

  bool conjunction(std::size_t depth) {
    if (!term(depth)) return false;
    while (keyword("and")) {
      if (!term(depth)) return false;
      marker_.postfix_.push_back(Marker::and_);
    }
    return true;
  }

  bool term(std::size_t depth) {
    skip_space();
    if (!rest_.empty() && rest_.front() == '(') {
      if (depth == deepest) return false;
      rest_.remove_prefix(1);
      if (!disjunction(depth + 1)) return false;
      skip_space();
      if (rest_.empty() || rest_.front() != ')') return false;
      rest_.remove_prefix(1);
      return true;
    }
    Marker::Comparison comparison;
    if (!operand(comparison.left) || !operation(comparison.op) || !operand(comparison.right)) return false;
    if (!comparison.left.variable && !comparison.right.variable) return false;
    if (comparison.left.variable == MarkerVariable::extra)
      comparison.right.literal = normalise_name(comparison.right.literal);
    if (comparison.right.variable == MarkerVariable::extra)
      comparison.left.literal = normalise_name(comparison.left.literal);
    marker_.postfix_.push_back(static_cast<int>(marker_.comparisons_.size()));
    marker_.comparisons_.push_back(std::move(comparison));
    return true;
  }

  bool operand(Marker::Operand& out) {
    skip_space();
    if (rest_.empty()) return false;
    if (rest_.front() == '"' || rest_.front() == '\'') {
      const auto end = rest_.find(rest_.front(), 1);
      if (end == std::string_view::npos) return false;
      out.literal = rest_.substr(1, end - 1);
      rest_.remove_prefix(end + 1);
      return true;
    }
    const auto word = peek_word();
    for (const auto& name : marker_variable_names) {
      if (word != name.text) continue;
      out.variable = name.variable;
      rest_.remove_prefix(word.size());
      return true;
    }
    return false;
  }

  bool operation(Marker::Operator& out) {
    if (keyword("in")) {
      out = Marker::Operator::in;
      return true;
    }
    if (keyword("not")) {
      out = Marker::Operator::not_in;
      return keyword("in");
    }
    const auto size = std::min(rest_.find_first_not_of("<>=!~"), rest_.size());
    const auto text = rest_.substr(0, size);
    const auto* found = std::find(marker_operators.begin(), marker_operators.end(), text);
    if (text.empty() || found == marker_operators.end()) return false;
    out = static_cast<Marker::Operator>(found - marker_operators.begin());
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
  Marker marker_;
};

std::optional<Marker> Marker::parse(std::string_view text) {
  return MarkerParser(text).parse();
}

}  // namespace mlrepro::python
