#include "standards/docker/lines.hpp"

#include <algorithm>

#include "base/characters.hpp"
#include "base/text.hpp"

namespace mlrepro::docker {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

std::size_t indent_of(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && is_blank(line[at]))
    ++at;
  return at;
}

bool is_comment(std::string_view line) {
  line.remove_prefix(indent_of(line));
  return line.starts_with('#');
}

// "# name = value", the form of a parser directive whether or not the name is known.
std::optional<Directive> directive_in(std::string_view line, std::size_t number) {
  const std::size_t indent = indent_of(line);
  std::string_view rest = line.substr(indent);
  if (!rest.starts_with('#')) return std::nullopt;
  rest = trim(rest.substr(1));
  const auto equals = rest.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto name = trim(rest.substr(0, equals));
  const auto value = trim(rest.substr(equals + 1));
  const bool good = !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
  if (!good || value.empty()) return std::nullopt;
  return Directive{to_lower(name), std::string(value), {number, indent + 1}};
}

}  // namespace

LineReader::LineReader(std::string_view source) : source_(source) {
  if (source_.starts_with("\xEF\xBB\xBF")) offset_ = 3;
  read_directives();
}

std::optional<LineReader::Line> LineReader::take() {
  if (offset_ >= source_.size()) return std::nullopt;
  const auto end = source_.find('\n', offset_);
  const std::size_t stop = end == std::string_view::npos ? source_.size() : end + 1;
  Line line{source_.substr(offset_, stop - offset_), source_.substr(offset_, stop - offset_), ++number_};
  while (line.text.ends_with('\n') || line.text.ends_with('\r'))
    line.text.remove_suffix(1);
  offset_ = stop;
  return line;
}

void LineReader::read_directives() {
  while (true) {
    const std::size_t before = offset_;
    const auto line = take();
    const auto directive = line ? directive_in(line->text, line->number) : std::nullopt;
    if (directive && accept(*directive)) continue;
    // What is no directive is read again as a line, and ends them for good.
    offset_ = before;
    if (line) --number_;
    return;
  }
}

bool LineReader::accept(const Directive& directive) {
  if (directive.name != "escape" && directive.name != "syntax" && directive.name != "check") return false;
  for (const auto& earlier : directives_) {
    if (earlier.name == directive.name)
      problems_.push_back({directive.position, "the directive " + directive.name + " is there twice"});
  }
  if (directive.name == "escape") {
    if (directive.value == "\\" || directive.value == "`") {
      escape_ = directive.value[0];
    } else {
      problems_.push_back({directive.position, "escape can be \\ or ` only"});
    }
  }
  directives_.push_back(directive);
  return true;
}

bool LineReader::continues(std::string_view& line) const {
  std::string_view rest = line;
  while (rest.ends_with(' ') || rest.ends_with('\t'))
    rest.remove_suffix(1);
  if (!rest.ends_with(escape_)) return false;
  rest.remove_suffix(1);
  if (rest.ends_with(escape_)) return false;  // an escaped escape character
  line = rest;
  return true;
}

std::optional<LogicalText> LineReader::next() {
  while (true) {
    line_offset_ = offset_;
    const auto first = take();
    if (!first) return std::nullopt;
    const std::size_t indent = indent_of(first->text);
    std::string_view rest = first->text.substr(indent);
    if (rest.empty() || rest.starts_with('#')) continue;
    bool more = continues(rest);
    LogicalText text;
    text.append(rest, {first->number, indent + 1});
    while (more) {
      const auto line = take();
      if (!line) break;
      std::string_view piece = line->text;
      if (is_comment(piece) || indent_of(piece) == piece.size()) continue;
      more = continues(piece);
      text.append(piece, {line->number, 1});
    }
    if (trim(text.text()).empty()) continue;
    if (const std::size_t blanks = indent_of(text.text()); blanks > 0) return text.from(blanks);
    return text;
  }
}

Body LineReader::read_body(std::string_view name, bool strip_tabs) {
  Body body;
  body.range.begin = body.range.end = {number_ + 1, 1};
  while (const auto line = take()) {
    std::size_t tabs = 0;
    while (strip_tabs && tabs < line->text.size() && line->text[tabs] == '\t')
      ++tabs;
    body.range.end = {line->number, line->text.size() + 1};
    if (line->text.substr(tabs) == name) {
      body.terminated = true;
      break;
    }
    body.content.append(line->whole.substr(tabs), {line->number, tabs + 1});
  }
  return body;
}

}  // namespace mlrepro::docker
