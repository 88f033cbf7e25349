#include "services/image/differing_bytes.hpp"

#include <algorithm>

namespace mlrepro {
namespace {

constexpr std::size_t piece_size = std::size_t{256} << 10;
// As many before the first differing one are shown, and as many from it on.
constexpr std::uint64_t shown_before = 16;
constexpr std::size_t shown_after = 24;

}  // namespace

std::string literal(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\"";
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '\n') {
      text += "\\n";
    } else if (byte == '"' || byte == '\\') {
      text.append("\\").push_back(byte);
    } else if (value >= 0x20 && value < 0x7f) {
      text.push_back(byte);
    } else {
      text.append("\\x").append({digits[value >> 4U], digits[value & 15U]});
    }
  }
  return text + "\"";
}

std::string differing_bytes(const ReadBytes& first, const ReadBytes& second) {
  for (std::uint64_t at = 0;; at += piece_size) {
    const std::string left = first(at, piece_size);
    const std::string right = second(at, piece_size);
    if (left != right) {
      const auto place = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
      const std::uint64_t offset = at + static_cast<std::uint64_t>(place.first - left.begin());
      const std::uint64_t from = offset - std::min(offset, shown_before);
      const std::size_t size = static_cast<std::size_t>(offset - from) + shown_after;
      return "bytes from offset " + std::to_string(offset) + " on: " + literal(first(from, size)) + "/" +
             literal(second(from, size));
    }
    if (left.size() < piece_size) return {};
  }
}

std::string differing_bytes(std::string_view first, std::string_view second) {
  const auto reader = [](std::string_view bytes) {
    return [bytes](std::uint64_t offset, std::size_t size) {
      return std::string(bytes.substr(std::min<std::size_t>(offset, bytes.size()), size));
    };
  };
  return differing_bytes(ReadBytes(reader(first)), ReadBytes(reader(second)));
}

}  // namespace mlrepro
