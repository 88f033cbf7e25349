// Text put together from pieces of a file, which still knows where each byte came from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::docker {

// Both from 1; a column counts bytes.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
  bool operator==(const Position&) const = default;
};

// `end` is one past the last byte.
struct Range {
  Position begin;
  Position end;
  bool operator==(const Range&) const = default;
};

class LogicalText {
 public:
  // `piece` lies in one line of the file, from `where` on.
  void append(std::string_view piece, Position where);
  // Bytes that are in no file, such as the newline between a command and its here-document.
  void append_made(std::string_view piece);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  // Where a byte of text() stands in the file; for offset == size the place behind the last byte.
  [[nodiscard]] Position at(std::size_t offset) const;
  [[nodiscard]] Range range(std::size_t begin, std::size_t end) const;
  [[nodiscard]] LogicalText from(std::size_t offset) const;

 private:
  struct Piece {
    std::size_t offset;
    Position where;
  };
  std::string text_;
  std::vector<Piece> pieces_;  // by offset
};

}  // namespace mlrepro::docker
