#include "standards/python/marker.hpp"

#include <algorithm>
#include <utility>

#include "base/sorted.hpp"
#include "standards/python/marker_words.hpp"
#include "standards/python/minor_version.hpp"
#include "standards/python/name.hpp"
#include "standards/python/specifier.hpp"

namespace mlrepro::python {
namespace {

using enum MarkerVariable;

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

std::string quoted(const std::string& text) {
  const char quote = text.find('"') == std::string::npos ? '"' : '\'';
  return quote + text + quote;
}

}  // namespace

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
    const auto specifier = Specifier::parse(std::string(marker_operators[static_cast<std::size_t>(op)]) + b);
    // What Specifier takes as meant of old metadata (">=3.*") is no version here, nor to packaging and uv.
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
    return each.variable ? std::string(marker_variable_names[static_cast<std::size_t>(*each.variable)].text)
                         : quoted(each.literal);
  };
  // Text and whether an "or" stands at its top, which needs parentheses under an "and".
  std::vector<std::pair<std::string, bool>> stack;
  for (const int step : postfix_) {
    if (step >= 0) {
      const auto& each = comparisons_[static_cast<std::size_t>(step)];
      const auto op = marker_operators[static_cast<std::size_t>(each.op)];
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
