#include "services/image/package_control.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

PackageRelation parse_alternative(std::string_view text) {
  PackageRelation relation;
  const auto open = text.find('(');
  std::string_view name = trim(text.substr(0, std::min(open, text.find('['))));
  relation.name = std::string(name.substr(0, name.find(':')));
  if (open != std::string_view::npos) {
    std::string_view bound = text.substr(open + 1);
    bound = trim(bound.substr(0, bound.find(')')));
    const auto digits = bound.find_first_not_of("<>=");
    if (digits != std::string_view::npos) {
      relation.operation = std::string(bound.substr(0, digits));
      relation.version = std::string(trim(bound.substr(digits)));
      // Old spellings: "<" and ">" meant "<=" and ">=".
      if (relation.operation == "<" || relation.operation == ">") relation.operation += "=";
    }
  }
  return relation;
}

void parse_groups(std::string_view text, std::vector<std::vector<PackageRelation>>& groups) {
  for (const auto group : split(text, ',')) {
    std::vector<PackageRelation> alternatives;
    for (const auto alternative : split(group, '|')) {
      auto relation = parse_alternative(alternative);
      if (!relation.name.empty()) alternatives.push_back(std::move(relation));
    }
    if (!alternatives.empty()) groups.push_back(std::move(alternatives));
  }
}

std::vector<PackageRelation> parse_list(std::string_view text) {
  std::vector<PackageRelation> relations;
  for (const auto piece : split(text, ',')) {
    auto relation = parse_alternative(piece);
    if (!relation.name.empty()) relations.push_back(std::move(relation));
  }
  return relations;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Weight of a character outside of digits: '~' before the end, letters before the rest.
int weight(char c) {
  if (c == '~') return -1;
  if (is_digit(c) || c == '\0') return 0;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return c;
  return static_cast<unsigned char>(c) + 256;
}

int compare_part(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  const auto at = [](std::string_view text, std::size_t index) {
    return index < text.size() ? text[index] : '\0';
  };
  while (i < a.size() || j < b.size()) {
    while ((i < a.size() && !is_digit(a[i])) || (j < b.size() && !is_digit(b[j]))) {
      const int gap = weight(at(a, i)) - weight(at(b, j));
      if (gap != 0) return gap;
      ++i;
      ++j;
    }
    while (at(a, i) == '0')
      ++i;
    while (at(b, j) == '0')
      ++j;
    int first = 0;
    while (is_digit(at(a, i)) && is_digit(at(b, j))) {
      if (first == 0) first = a[i] - b[j];
      ++i;
      ++j;
    }
    if (is_digit(at(a, i))) return 1;
    if (is_digit(at(b, j))) return -1;
    if (first != 0) return first;
  }
  return 0;
}

struct VersionParts {
  unsigned long long epoch = 0;
  std::string_view upstream;
  std::string_view revision;
};

VersionParts parts_of(std::string_view text) {
  VersionParts parts;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    parts.epoch = parse_number(text.substr(0, colon)).value_or(0);
    text.remove_prefix(colon + 1);
  }
  const auto dash = text.rfind('-');
  parts.upstream = text.substr(0, dash);
  if (dash != std::string_view::npos) parts.revision = text.substr(dash + 1);
  return parts;
}

}  // namespace

int compare_package_versions(std::string_view a, std::string_view b) {
  const VersionParts left = parts_of(a);
  const VersionParts right = parts_of(b);
  if (left.epoch != right.epoch) return left.epoch < right.epoch ? -1 : 1;
  const int upstream = compare_part(left.upstream, right.upstream);
  return upstream != 0 ? upstream : compare_part(left.revision, right.revision);
}

bool satisfies(const PackageRelation& relation, std::string_view version) {
  if (relation.operation.empty()) return true;
  const int order = compare_package_versions(version, relation.version);
  if (relation.operation == "<<") return order < 0;
  if (relation.operation == "<=") return order <= 0;
  if (relation.operation == "=") return order == 0;
  if (relation.operation == ">=") return order >= 0;
  return relation.operation == ">>" && order > 0;
}

PackageControl parse_package_control(std::string_view text, const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::input, "bad-control", "the control file of " + name + " is wrong: " + why);
  };
  PackageControl control;
  while (!text.empty() && text.back() == '\n')
    text.remove_suffix(1);
  for (const auto line : split(text, '\n')) {
    if (line.empty()) refuse("it holds an empty line");
    if (line.find('\0') != std::string_view::npos) refuse("it holds a NUL byte");
    if (line.front() == '#') continue;
    if (line.front() == ' ' || line.front() == '\t') {
      if (control.fields.empty()) refuse("it begins with a continuation line");
      control.fields.back().second.append("\n").append(line);
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) refuse("a line has no field name");
    const std::string field(line.substr(0, colon));
    if (field.find_first_of(" \t") != std::string::npos) refuse("a field name holds white space");
    control.fields.emplace_back(field, std::string(trim(line.substr(colon + 1))));
  }
  std::string_view depends;
  for (const auto& [field, value] : control.fields) {
    const std::string key = to_lower(field);
    if (key == "package") control.package = value;
    if (key == "version") control.version = value;
    if (key == "architecture") control.architecture = value;
    if (key == "status" || key == "conffiles") refuse("the field " + field + " belongs to dpkg");
    if (key == "multi-arch") control.same = value == "same";
    if (key == "essential") control.essential = value == "yes";
    if (key == "pre-depends") parse_groups(value, control.needs);
    if (key == "depends") depends = value;
    if (key == "provides") control.provides = parse_list(value);
    if (key == "replaces") control.replaces = parse_list(value);
  }
  parse_groups(depends, control.needs);
  static constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
  if (control.package.empty() || control.package.find_first_not_of(plain) != std::string::npos ||
      control.package.front() == '.') {
    refuse("Package is missing or no package name");
  }
  if (control.version.empty() || control.version.find_first_of("/ \n") != std::string::npos)
    refuse("Version is missing or wrong");
  if (control.architecture.empty() || control.architecture.find_first_not_of(plain) != std::string::npos) {
    refuse("Architecture is missing or wrong");
  }
  return control;
}

}  // namespace mlrepro
