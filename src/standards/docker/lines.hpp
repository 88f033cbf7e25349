// A Dockerfile's physical lines: parser directives, logical lines and the bodies of here-documents.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/docker/logical_text.hpp"

namespace mlrepro::docker {

struct Problem {
  Position position;
  std::string message;
};

// "# escape=`", "# syntax=...", "# check=...": only before anything else, comments and blank lines included.
struct Directive {
  std::string name;  // lower case
  std::string value;
  Position position;
};

struct Body {
  LogicalText content;  // with its line ends, leading tabs taken off where asked
  Range range;          // with the line that ends it
  bool terminated = false;
};

class LineReader {
 public:
  // `source` must outlive the reader. Reads the directives.
  explicit LineReader(std::string_view source);

  // The next line that is neither blank nor a comment, with what continues it: comments and blank lines
  // between are dropped. Absent at the end. No white space stands at its begin.
  [[nodiscard]] std::optional<LogicalText> next();
  // The lines from here to the one that is `name` alone.
  [[nodiscard]] Body read_body(std::string_view name, bool strip_tabs);
  // What was read between two offsets of source, for an instruction's raw text.
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  // Where the line that next() gave starts.
  [[nodiscard]] std::size_t line_offset() const noexcept { return line_offset_; }

  [[nodiscard]] char escape() const noexcept { return escape_; }
  [[nodiscard]] const std::vector<Directive>& directives() const noexcept { return directives_; }
  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  struct Line {
    std::string_view text;  // without its end
    std::string_view whole;
    std::size_t number;
  };
  [[nodiscard]] std::optional<Line> take();
  void read_directives();
  [[nodiscard]] bool accept(const Directive& directive);
  // Takes the escape character off where it ends the line.
  [[nodiscard]] bool continues(std::string_view& line) const;

  std::string_view source_;
  std::size_t offset_ = 0;
  std::size_t line_offset_ = 0;
  std::size_t number_ = 0;
  char escape_ = '\\';
  std::vector<Directive> directives_;
  std::vector<Problem> problems_;
};

}  // namespace mlrepro::docker
