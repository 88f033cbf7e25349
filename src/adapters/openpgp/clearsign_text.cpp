#include "adapters/openpgp/clearsign_text.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view message_head = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr std::string_view signature_head = "-----BEGIN PGP SIGNATURE-----";
constexpr std::string_view signature_tail = "-----END PGP SIGNATURE-----";
constexpr std::size_t most_signature_bytes = std::size_t{256} << 10;

std::string_view without_end(std::string_view line) {
  const auto last = line.find_last_not_of(" \t\r");
  return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Takes the next line off `rest`; absent at the end. A last line without line feed counts.
std::optional<std::string_view> take_line(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const auto end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return without_end(line);
}

bool is_hash_header(std::string_view line) {
  if (!line.starts_with("Hash: ")) return false;
  return std::all_of(line.begin() + 6, line.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ',' || c == ' ';
  });
}

// Behind the text: the armored signatures and nothing else.
bool ends_with_signature(std::string_view rest) {
  const auto tail = rest.find(signature_tail);
  if (tail == 0 || tail > most_signature_bytes || rest[tail - 1] != '\n') return false;  // npos is more
  if (rest.substr(0, tail).find("-----") != std::string_view::npos) return false;
  return trim(rest.substr(tail + signature_tail.size())).empty();
}

}  // namespace

std::optional<std::string> clearsigned_text(std::string_view document) {
  if (document.find('\0') != std::string_view::npos) return std::nullopt;
  auto line = take_line(document);
  if (!line || *line != message_head) return std::nullopt;
  for (line = take_line(document); line && !line->empty(); line = take_line(document))
    if (!is_hash_header(*line)) return std::nullopt;
  std::string text;
  bool first = true;
  for (line = take_line(document); line && *line != signature_head; line = take_line(document)) {
    if (line->starts_with('-')) {
      // A line of "- " alone has lost its space here; it stands for an empty line.
      if (*line != "-" && !line->starts_with("- ")) return std::nullopt;
      line->remove_prefix(std::min<std::size_t>(2, line->size()));
    }
    if (!first) text += '\n';
    first = false;
    text += *line;
  }
  if (!line || !ends_with_signature(document)) return std::nullopt;
  return text;
}

std::string without_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (auto line = take_line(text)) {
    result += *line;
    result += '\n';
  }
  while (result.ends_with('\n'))
    result.pop_back();
  return result;
}

}  // namespace mlrepro
