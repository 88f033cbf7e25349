// Control data: stanzas of "Name: value" fields as in Packages, Release, DEBIAN/control and .sources files.
// Debian policy chapter 5.1, deb822(5).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::deb {

struct Field {
  std::string_view name;  // as written
  // Without white space at both ends. Of a folded or multiline field: the raw text with its line feeds; lines
  // after the first keep the space they begin with.
  std::string_view value;
};

// One stanza; views into the text that it was read from.
class Stanza {
 public:
  // The value of the field, whose name is compared without regard to case; absent where there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  // find(), or "" where absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }

 private:
  friend class ControlReader;
  std::vector<Field> fields_;
};

enum class Comments {
  refused,
  skipped
};  // lines that begin with '#': deb822(5) knows them, an archive's index does not

// Reads stanza after stanza of a text that outlives it. What is no control data (a line without a colon, an
// empty or twice given field, a continuation before any field, more than 1000 fields) is Error(input,
// "bad-control") with `name` and line.
class ControlReader {
 public:
  ControlReader(std::string_view text, std::string name, Comments comments = Comments::refused);
  // False at the end; `stanza` is then empty.
  bool next(Stanza& stanza);
  // Line (from 1) where the stanza read last begins.
  [[nodiscard]] std::size_t line() const noexcept { return stanza_line_; }

 private:
  [[nodiscard]] std::string_view take_line();
  [[noreturn]] void fail(std::string_view why) const;

  std::string_view rest_;
  std::string name_;
  Comments comments_;
  std::size_t line_ = 0;
  std::size_t stanza_line_ = 0;
};

// The same for a text that comes in pieces: memory does not grow with the text, but with its greatest stanza
// (16 MiB at most, else Error(input, "bad-control")). The views in a stanza end with the call of the sink.
class ControlStream {
 public:
  using Sink = std::function<void(const Stanza&)>;
  ControlStream(std::string name, Sink sink);
  void feed(std::string_view piece);
  // After the last piece: the stanza that no empty line ended.
  void finish();

 private:
  void read(std::string_view stanzas);
  std::string name_;
  Sink sink_;
  std::string kept_;
};

// The lines of a folded or multiline value, each without white space at its ends; empty lines and comment
// lines left out.
[[nodiscard]] std::vector<std::string_view> value_lines(std::string_view value);
// The words of all its lines, as in "Suites: a b\n c".
[[nodiscard]] std::vector<std::string_view> value_words(std::string_view value);
// As boolean fields are written: yes/no, true/false, with/without, on/off, enable/disable, 1/0 (apt's
// StringToBool).
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view value);

}  // namespace mlrepro::deb
