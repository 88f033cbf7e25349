#include "standards/python/record.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/text.hpp"

namespace mlrepro::python {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view sha256_mark = "sha256=";

// One field of the row at `rest`; leaves `rest` at the comma or line end after it. False where a quote stays
// open.
bool take_field(std::string_view& rest, std::string& out) {
  out.clear();
  if (!rest.starts_with('"')) {
    const auto end = std::min(rest.find_first_of(",\r\n"), rest.size());
    out = rest.substr(0, end);
    rest.remove_prefix(end);
    return true;
  }
  rest.remove_prefix(1);
  for (;;) {
    const auto quote = rest.find('"');
    if (quote == std::string_view::npos) return false;
    out += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) break;
    out += '"';
    rest.remove_prefix(1);
  }
  return rest.empty() || rest.front() == ',' || rest.front() == '\r' || rest.front() == '\n';
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out += '"';
}

}  // namespace

std::optional<Sha256> RecordEntry::sha256() const {
  const std::string_view text = hash;
  if (!text.starts_with(sha256_mark)) return std::nullopt;
  auto digits = text.substr(sha256_mark.size());
  if (digits.ends_with('=')) digits.remove_suffix(1);
  if (digits.size() != 43) return std::nullopt;
  std::array<std::uint8_t, 32> bytes{};
  unsigned buffer = 0;
  unsigned bits = 0;
  std::size_t filled = 0;
  for (const char c : digits) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    buffer = (buffer << 6 | static_cast<unsigned>(value)) & 0xFFFF;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[filled++] = static_cast<std::uint8_t>(buffer >> bits & 0xFF);
  }
  // 43 digits are 258 bits: the last two carry nothing.
  if ((buffer & 3U) != 0) return std::nullopt;
  return Sha256(bytes);
}

std::string record_hash(const Sha256& digest) {
  std::string out(sha256_mark);
  unsigned buffer = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : digest.bytes()) {
    buffer = (buffer << 8 | byte) & 0xFFFF;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += alphabet[buffer >> bits & 63];
    }
  }
  return out += alphabet[buffer << (6 - bits) & 63];
}

std::optional<std::vector<RecordEntry>> parse_record(std::string_view text) {
  std::vector<RecordEntry> out;
  std::unordered_map<std::string, std::string> seen;
  while (!text.empty()) {
    if (text.front() == '\n' || text.front() == '\r') {
      text.remove_prefix(1);
      continue;
    }
    RecordEntry entry;
    std::string size;
    std::array<std::string*, 3> fields = {&entry.path, &entry.hash, &size};
    std::size_t count = 0;
    for (;; text.remove_prefix(1)) {
      if (count == fields.size() || !take_field(text, *fields[count++])) return std::nullopt;
      if (!text.starts_with(',')) break;
    }
    if (count < 2 && entry.hash.empty()) return std::nullopt;
    if (entry.path.empty()) return std::nullopt;
    if (const auto number = parse_number(trim(size))) entry.size = *number;
    const auto [at, fresh] = seen.emplace(entry.path, entry.hash);
    if (!fresh) {
      if (at->second != entry.hash) return std::nullopt;
      continue;
    }
    out.push_back(std::move(entry));
  }
  return out;
}

std::string render_record(std::vector<RecordEntry> entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  std::string out;
  for (const auto& entry : entries) {
    ((out += csv_field(entry.path)) += ',') += csv_field(entry.hash);
    out += ',';
    if (entry.size) out += std::to_string(*entry.size);
    out += '\n';
  }
  return out;
}

}  // namespace mlrepro::python
