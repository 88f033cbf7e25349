#include "standards/python/marker.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/characters.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "standards/python/minor_version.hpp"
#include "standards/python/name.hpp"
#include "standards/python/specifier.hpp"

namespace mlrepro::python {
namespace {

using enum MarkerVariable;

struct VariableName {
  std::string_view text;
  MarkerVariable variable;
};
// The first spelling of each is the one that is written; the rest are PEP 345's and setuptools'.
constexpr std::array<VariableName, 18> variable_names = {{
    {"os_name", os_name},
    {"sys_platform", sys_platform},
    {"platform_machine", platform_machine},
    {"platform_python_implementation", platform_python_implementation},
    {"platform_release", platform_release},
    {"platform_system", platform_system},
    {"platform_version", platform_version},
    {"python_version", python_version},
    {"python_full_version", python_full_version},
    {"implementation_name", implementation_name},
    {"implementation_version", implementation_version},
    {"extra", extra},
    {"os.name", os_name},
    {"sys.platform", sys_platform},
    {"platform.version", platform_version},
    {"platform.machine", platform_machine},
    {"platform.python_implementation", platform_python_implementation},
    {"python_implementation", platform_python_implementation},
}};

constexpr std::array<std::string_view, 10> operator_texts = {"==", "!=", "<=",  ">=", "<",
                                                             ">",  "~=", "===", "in", "not in"};

constexpr std::size_t deepest = 64;

std::string_view value_of(MarkerVariable variable, const MarkerEnvironment& environment,
                          std::string_view asked) {
  switch (variable) {
    case os_name: return environment.os_name;
    case sys_platform: return environment.sys_platform;
    case platform_machine: return environment.platform_machine;
    case platform_python_implementation: return environment.platform_python_implementation;
    case platform_release: return environment.platform_release;
    case platform_system: return environment.platform_system;
    case platform_version: return environment.platform_version;
    case python_version: return environment.python_version;
    case python_full_version: return environment.python_full_version;
    case implementation_name: return environment.implementation_name;
    case implementation_version: return environment.implementation_version;
    case extra: return asked;
  }
  return {};
}

bool compares_versions(MarkerVariable variable) {
  return variable == python_version || variable == python_full_version ||
         variable == implementation_version || variable == platform_release;
}

bool is_word(char c) {
  return is_alphanumeric(c) || c == '_' || c == '.';
}
std::string quoted(const std::string& text) {
  const char quote = text.find('"') == std::string::npos ? '"' : '\'';
  return quote + text + quote;
}

}  // namespace

// marker := and-group ("or" and-group)*, and-group := term ("and" term)*, term := "(" marker ")" | operand op
// operand
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
    if (comparison.left.variable == extra)
      comparison.right.literal = normalise_name(comparison.right.literal);
    if (comparison.right.variable == extra) comparison.left.literal = normalise_name(comparison.left.literal);
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
    for (const auto& name : variable_names) {
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
    const auto* found = std::find(operator_texts.begin(), operator_texts.end(), text);
    if (text.empty() || found == operator_texts.end()) return false;
    out = static_cast<Marker::Operator>(found - operator_texts.begin());
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
  Marker marker_;
};

std::optional<Marker> Marker::parse(std::string_view text) {
  return MarkerParser(text).parse();
}

bool Marker::compare(const Comparison& comparison, const MarkerEnvironment& environment,
                     std::string_view asked) {
  const auto& [left, op, right] = comparison;
  const MarkerVariable variable = left.variable ? *left.variable : *right.variable;
  std::string a(left.variable ? value_of(*left.variable, environment, asked)
                              : std::string_view(left.literal));
  std::string b(right.variable ? value_of(*right.variable, environment, asked)
                               : std::string_view(right.literal));
  if (variable == extra) {
    (left.variable ? a : b) = normalise_name(asked);
  } else if (compares_versions(variable) && op != Operator::in && op != Operator::not_in) {
    const auto version = Version::parse(a);
    const auto specifier = Specifier::parse(std::string(operator_texts[static_cast<std::size_t>(op)]) + b);
    // What Specifier takes as meant of old metadata (">=3.*") is no version here: as packaging and uv have
    // it.
    const bool lenient = b.ends_with('*') && op != Operator::equal && op != Operator::not_equal;
    if (version && specifier && !lenient) return specifier->contains(*version);
  }
  switch (op) {
    case Operator::equal:
    case Operator::arbitrary: return a == b;
    case Operator::not_equal: return a != b;
    // Text has no order: what is left of these is equality ("Dependency specifiers", PyPA).
    case Operator::less_equal:
    case Operator::greater_equal: return a == b;
    case Operator::less:
    case Operator::greater:
    case Operator::compatible: return false;
    case Operator::in: return b.find(a) != std::string::npos;
    case Operator::not_in: return b.find(a) == std::string::npos;
  }
  return false;
}

bool Marker::evaluate(const MarkerEnvironment& environment, std::string_view asked) const {
  std::vector<bool> stack;
  stack.reserve(postfix_.size());
  for (const int step : postfix_) {
    if (step >= 0) {
      stack.push_back(compare(comparisons_[static_cast<std::size_t>(step)], environment, asked));
      continue;
    }
    const bool top = stack.back();
    stack.pop_back();
    stack.back() = step == and_ ? stack.back() && top : stack.back() || top;
  }
  return stack.empty() || stack.back();
}

bool Marker::evaluate(const MarkerEnvironment& environment, std::span<const std::string> extras) const {
  if (extras.empty() || !uses(extra)) return evaluate(environment, std::string_view());
  return std::any_of(extras.begin(), extras.end(),
                     [&](const auto& each) { return evaluate(environment, std::string_view(each)); });
}

bool Marker::uses(MarkerVariable variable) const noexcept {
  return std::any_of(comparisons_.begin(), comparisons_.end(), [&](const Comparison& each) {
    return each.left.variable == variable || each.right.variable == variable;
  });
}

bool Marker::only_for_extra(const MarkerEnvironment& environment) const {
  if (!uses(extra) || evaluate(environment, std::string_view())) return false;
  return evaluate(environment, extras());
}

std::vector<std::string> Marker::extras() const {
  std::vector<std::string> out;
  for (const auto& each : comparisons_) {
    if (each.left.variable == extra && !each.right.variable) out.push_back(each.right.literal);
    if (each.right.variable == extra && !each.left.variable) out.push_back(each.left.literal);
  }
  sort_unique(out);
  return out;
}

std::string Marker::str() const {
  const auto operand = [](const Operand& each) {
    return each.variable ? std::string(variable_names[static_cast<std::size_t>(*each.variable)].text)
                         : quoted(each.literal);
  };
  // Text and whether an "or" stands at its top, which needs parentheses under an "and".
  std::vector<std::pair<std::string, bool>> stack;
  for (const int step : postfix_) {
    if (step >= 0) {
      const auto& each = comparisons_[static_cast<std::size_t>(step)];
      const auto op = operator_texts[static_cast<std::size_t>(each.op)];
      stack.emplace_back(operand(each.left) + ' ' + std::string(op) + ' ' + operand(each.right), false);
      continue;
    }
    auto right = std::move(stack.back());
    stack.pop_back();
    auto& left = stack.back();
    for (auto* side : {&left, &right}) {
      if (step == and_ && side->second) side->first = '(' + side->first + ')';
    }
    (left.first += step == and_ ? " and " : " or ") += right.first;
    left.second = step == or_;
  }
  return stack.empty() ? std::string() : std::move(stack.back().first);
}

MarkerEnvironment linux_cpython(std::string_view full_version, std::string_view machine) {
  // "3.13.0rc1+" as sys.version may write it: the longest beginning that is a version.
  std::string text(full_version);
  while (!text.empty() && !Version::parse(text))
    text.pop_back();
  // "3.11" is the first of them: a full version has three numbers.
  if (const auto named = Version::parse(text);
      named && named->str() == named->release_part() && std::count(text.begin(), text.end(), '.') == 1) {
    text += ".0";
  }
  MarkerEnvironment out;
  out.platform_machine = machine;
  out.python_full_version = text;
  out.implementation_version = text;
  const auto version = Version::parse(text);
  out.python_version = version ? minor_of(version->release_part()) : std::string();
  return out;
}

}  // namespace mlrepro::python
