#include "standards/docker/logical_text.hpp"

#include <algorithm>

namespace mlrepro::docker {

void LogicalText::append(std::string_view piece, Position where) {
  if (piece.empty() && !pieces_.empty()) return;
  pieces_.push_back({text_.size(), where});
  text_ += piece;
}

void LogicalText::append_made(std::string_view piece) {
  text_ += piece;
}

Position LogicalText::at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                      [](std::size_t at, const Piece& piece) { return at < piece.offset; });
  if (after == pieces_.begin()) return {};
  const Piece& piece = *std::prev(after);
  return {piece.where.line, piece.where.column + (offset - piece.offset)};
}

Range LogicalText::range(std::size_t begin, std::size_t end) const {
  // The last byte's place plus one: the byte behind it may stand in another line.
  if (end <= begin) return {at(begin), at(begin)};
  Position last = at(end - 1);
  ++last.column;
  return {at(begin), last};
}

LogicalText LogicalText::from(std::size_t offset) const {
  LogicalText part;
  offset = std::min(offset, text_.size());
  part.text_ = text_.substr(offset);
  part.pieces_.push_back({0, at(offset)});
  for (const auto& piece : pieces_) {
    if (piece.offset > offset) part.pieces_.push_back({piece.offset - offset, piece.where});
  }
  return part;
}

}  // namespace mlrepro::docker
