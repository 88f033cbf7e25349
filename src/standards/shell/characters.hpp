// What single characters and unquoted words mean to a POSIX shell.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace mlrepro::shell {

[[nodiscard]] inline bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

// Ends a word that no quote keeps together.
[[nodiscard]] inline bool is_meta(char c) {
  return is_blank(c) || c == '\n' || c == ';' || c == '&' || c == '|' || c == '<' || c == '>' || c == '(' ||
         c == ')';
}

[[nodiscard]] inline bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// "NAME=" or "NAME+=" in front, unquoted.
[[nodiscard]] inline bool is_assignment(std::string_view raw) {
  std::size_t at = 0;
  while (at < raw.size() && (starts_name(raw[at]) || (at > 0 && raw[at] >= '0' && raw[at] <= '9')))
    ++at;
  if (at > 0 && at < raw.size() && raw[at] == '+') ++at;
  return at > 0 && at < raw.size() && raw[at] == '=';
}

// Words after which a command may begin, and those that only close a compound command.
[[nodiscard]] inline bool is_reserved(std::string_view raw) {
  constexpr std::array words = {"if",    "then",  "else", "elif", "fi", "do",  "done",
                                "while", "until", "{",    "}",    "!",  "esac"};
  return std::find(words.begin(), words.end(), raw) != words.end();
}

}  // namespace mlrepro::shell
