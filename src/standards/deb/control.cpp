#include "standards/deb/control.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/characters.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro::deb {
namespace {

constexpr std::size_t max_fields = 1000;
constexpr std::size_t max_stanza_bytes = std::size_t{16} << 20;

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

// Policy 5.1: printable ASCII without space and colon, not beginning with '#' or '-'.
bool is_field_name(std::string_view name) {
  return !name.empty() && name.front() != '#' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Behind the last empty line of `text`: all before it are whole stanzas. `from` is where a line that was not
// seen before may end.
std::size_t end_of_whole_stanzas(std::string_view text, std::size_t from) {
  std::size_t end = text.rfind('\n');
  while (end != std::string_view::npos && end > 0) {
    const std::size_t before = text.rfind('\n', end - 1);
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    if (is_blank(text.substr(start, end - start))) return end + 1;
    if (before == std::string_view::npos || before < from) return 0;
    end = before;
  }
  return 0;
}

}  // namespace

std::optional<std::string_view> Stanza::find(std::string_view name) const {
  for (const Field& field : fields_)
    if (same_name(field.name, name)) return field.value;
  return std::nullopt;
}

std::string_view Stanza::get(std::string_view name) const {
  return find(name).value_or(std::string_view{});
}

ControlReader::ControlReader(std::string_view text, std::string name, Comments comments)
    : rest_(text), name_(std::move(name)), comments_(comments) {}

std::string_view ControlReader::take_line() {
  const auto end = rest_.find('\n');
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  ++line_;
  return line;
}

void ControlReader::fail(std::string_view why) const {
  throw Error(ErrorKind::input, "bad-control",
              "cannot read " + name_ + ":" + std::to_string(line_) + ": " + std::string(why));
}

bool ControlReader::next(Stanza& stanza) {
  auto& fields = stanza.fields_;
  fields.clear();
  while (!rest_.empty()) {
    const std::string_view line = take_line();
    if (comments_ == Comments::skipped && line.starts_with('#')) continue;
    if (is_blank(line)) {
      if (!fields.empty()) break;
      continue;
    }
    if (line.front() == ' ' || line.front() == '\t') {
      if (fields.empty()) fail("a continuation line stands before any field");
      std::string_view& value = fields.back().value;
      const std::string_view addition = trim(line);
      value = {value.data(), static_cast<std::size_t>(addition.data() + addition.size() - value.data())};
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) fail("the line has no colon");
    const std::string_view name = trim(line.substr(0, colon));
    if (!is_field_name(name)) fail("the field has no proper name");
    if (fields.size() == max_fields) fail("the stanza has more than 1000 fields");
    if (stanza.find(name)) fail("field \"" + std::string(name) + "\" is given twice");
    if (fields.empty()) stanza_line_ = line_;
    fields.push_back({name, trim(line.substr(colon + 1))});
  }
  return !fields.empty();
}

ControlStream::ControlStream(std::string name, Sink sink) : name_(std::move(name)), sink_(std::move(sink)) {}

void ControlStream::feed(std::string_view piece) {
  const std::size_t old_line = kept_.rfind('\n');
  kept_ += piece;
  const std::size_t whole = end_of_whole_stanzas(kept_, old_line == std::string::npos ? 0 : old_line);
  if (whole > 0) {
    read(std::string_view(kept_).substr(0, whole));
    kept_.erase(0, whole);
  }
  if (kept_.size() > max_stanza_bytes)
    throw Error(ErrorKind::input, "bad-control", "cannot read " + name_ + ": a stanza is longer than 16 MiB");
}

void ControlStream::finish() {
  read(kept_);
  kept_.clear();
}

void ControlStream::read(std::string_view stanzas) {
  ControlReader reader(stanzas, name_);
  Stanza stanza;
  while (reader.next(stanza))
    sink_(stanza);
}

std::vector<std::string_view> value_lines(std::string_view value) {
  std::vector<std::string_view> lines;
  for (const std::string_view line : split(value, '\n')) {
    if (!lines.empty() && line.starts_with('#')) continue;
    if (const std::string_view text = trim(line); !text.empty()) lines.push_back(text);
  }
  return lines;
}

std::vector<std::string_view> value_words(std::string_view value) {
  std::vector<std::string_view> words;
  for (const std::string_view line : value_lines(value))
    for (const std::string_view word : split_words(line))
      words.push_back(word);
  return words;
}

std::optional<bool> parse_boolean(std::string_view value) {
  static constexpr std::array<std::string_view, 6> yes{"yes", "true", "with", "on", "enable", "1"};
  static constexpr std::array<std::string_view, 6> no{"no", "false", "without", "off", "disable", "0"};
  const auto is = [&](std::string_view word) { return same_name(word, value); };
  if (std::any_of(yes.begin(), yes.end(), is)) return true;
  if (std::any_of(no.begin(), no.end(), is)) return false;
  return std::nullopt;
}

}  // namespace mlrepro::deb
