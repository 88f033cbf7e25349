#include "standards/docker/words.hpp"

#include "base/characters.hpp"
#include "codec/json.hpp"

namespace mlrepro::docker {
namespace {

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at]))
    ++at;
  return at;
}

// Where the word that begins at `at` ends.
std::size_t word_end(std::string_view text, std::size_t at, char escape, bool& closed) {
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && is_space(c)) break;
    if (c == escape && quote != '\'') {
      if (at + 1 < text.size()) ++at;
    } else if (quote == c) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    }
  }
  closed = quote == '\0';
  return at;
}

// Quotes and escapes of a here-document's name taken off; absent where a quote stays open.
std::optional<HeredocMark> heredoc_in(std::string_view word) {
  std::size_t at = 0;
  while (at < word.size() && word[at] >= '0' && word[at] <= '9')
    ++at;
  if (word.substr(at, 2) != "<<") return std::nullopt;
  at += 2;
  HeredocMark mark;
  if (at < word.size() && word[at] == '-') {
    mark.strip_tabs = true;
    ++at;
  }
  if (at == word.size() || word.find('<', at) != std::string_view::npos) return std::nullopt;
  char quote = '\0';
  for (; at < word.size(); ++at) {
    const char c = word[at];
    if (c == '\\' && quote != '\'') {
      mark.quoted = true;
      if (++at < word.size()) mark.name += word[at];
    } else if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      mark.quoted = true;
      quote = c;
    } else {
      mark.name += c;
    }
  }
  if (mark.name.empty() || quote != '\0') return std::nullopt;
  return mark;
}

}  // namespace

Slices quoted_words(std::string_view text, std::size_t from, char escape) {
  Slices slices;
  for (std::size_t at = skip_spaces(text, from); at < text.size(); at = skip_spaces(text, at)) {
    bool closed = true;
    const std::size_t end = word_end(text, at, escape, closed);
    slices.words.push_back({at, end});
    slices.closed = slices.closed && closed;
    at = end;
  }
  return slices;
}

std::vector<Slice> plain_words(std::string_view text, std::size_t from) {
  std::vector<Slice> words;
  for (std::size_t at = skip_spaces(text, from); at < text.size(); at = skip_spaces(text, at)) {
    const std::size_t begin = at;
    while (at < text.size() && !is_space(text[at]))
      ++at;
    words.push_back({begin, at});
  }
  return words;
}

FlagSlices flags_in_front(std::string_view text, std::size_t from, char escape) {
  FlagSlices found;
  found.after = skip_spaces(text, from);
  while (text.substr(found.after, 2) == "--") {
    bool closed = true;
    const std::size_t end = word_end(text, found.after, escape, closed);
    const bool divider = end - found.after == 2;
    if (!divider) found.flags.push_back({found.after, end});
    found.after = skip_spaces(text, end);
    if (divider) break;
  }
  return found;
}

std::optional<std::vector<JsonWord>> json_words(std::string_view text, std::size_t from) {
  std::size_t at = skip_spaces(text, from);
  if (at >= text.size() || text[at] != '[') return std::nullopt;
  std::vector<JsonWord> words;
  at = skip_spaces(text, at + 1);
  bool wanted = false;  // after a comma
  while (at < text.size() && text[at] == '"') {
    const std::size_t begin = at++;
    while (at < text.size() && text[at] != '"')
      at += text[at] == '\\' ? 2U : 1U;
    if (at >= text.size()) return std::nullopt;
    ++at;
    const Json value = Json::parse(text.substr(begin, at - begin), nullptr, false);
    if (!value.is_string()) return std::nullopt;
    words.push_back({value.get<std::string>(), {begin, at}});
    at = skip_spaces(text, at);
    wanted = at < text.size() && text[at] == ',';
    if (!wanted) break;
    at = skip_spaces(text, at + 1);
  }
  if (wanted || at >= text.size() || text[at] != ']') return std::nullopt;
  if (skip_spaces(text, at + 1) != text.size()) return std::nullopt;
  return words;
}

std::vector<HeredocMark> heredocs_in(std::string_view text, std::size_t from) {
  std::vector<HeredocMark> marks;
  if (text.find("<<", from) == std::string_view::npos) return marks;
  const Slices slices = quoted_words(text, from, '\\');
  if (!slices.closed) return marks;
  for (const auto& slice : slices.words) {
    if (auto mark = heredoc_in(text.substr(slice.begin, slice.end - slice.begin))) {
      mark->slice = slice;
      marks.push_back(std::move(*mark));
    }
  }
  return marks;
}

}  // namespace mlrepro::docker
