#include "services/resolve/os_wish.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Policy 5.6.1: at least two of a-z 0-9 + - . with a letter or digit first.
bool is_name(std::string_view text) {
  return text.size() >= 2 && is_lower_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '+' || c == '-' || c == '.'; });
}

// Policy 5.6.12: [epoch:]upstream[-revision]; the characters only, the order of versions is libsolv's.
bool is_version(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') ||
                  std::string_view(".+-~:").find(c) != std::string_view::npos;
         });
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorKind::input, "bad-package",
              "os.packages: cannot read \"" + std::string(text) + "\": " + why,
              "write a package as \"name\", \"name (>= 1.2)\" or \"name=1.2-3\"");
}

// "(>= 1:2)" -> relation and version.
void read_restriction(std::string_view inside, DebianTerm& term, std::string_view whole) {
  constexpr std::array<std::string_view, 5> relations = {"<<", "<=", ">=", ">>", "="};
  inside = trim(inside);
  for (const auto relation : relations) {
    if (!inside.starts_with(relation)) continue;
    term.relation = relation;
    term.version = trim(inside.substr(relation.size()));
    if (!is_version(term.version)) refuse(whole, "\"" + term.version + "\" is no Debian version");
    return;
  }
  refuse(whole, "a version follows one of << <= = >= >>");
}

DebianTerm read_term(std::string_view text, std::string_view whole, std::string_view architecture,
                     std::string& foreign) {
  DebianTerm term;
  std::string_view name = trim(text);
  if (const auto open = name.find('('); open != std::string_view::npos) {
    if (name.back() != ')') refuse(whole, "a bracket is not closed");
    read_restriction(name.substr(open + 1, name.size() - open - 2), term, whole);
    name = trim(name.substr(0, open));
  } else if (const auto equals = name.find('='); equals != std::string_view::npos) {
    read_restriction(name.substr(equals), term, whole);
    name = trim(name.substr(0, equals));
  }
  if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    const auto own = name.substr(colon + 1);
    if (!is_name(own)) refuse(whole, "\"" + std::string(own) + "\" is no architecture");
    if (own != architecture && own != "all" && own != "any" && own != "native") foreign = own;
    name = name.substr(0, colon);
  }
  if (!is_name(name)) {
    refuse(whole,
           "\"" + std::string(name) + "\" is no Debian package name (lower-case letters, digits and + - .)");
  }
  term.name = name;
  return term;
}

}  // namespace

OsWish parse_os_wish(std::string_view text, std::string_view architecture) {
  OsWish wish;
  wish.text = trim(text);
  for (const auto piece : split(wish.text, '|')) {
    wish.alternatives.push_back(read_term(piece, wish.text, architecture, wish.foreign));
  }
  return wish;
}

}  // namespace mlrepro
