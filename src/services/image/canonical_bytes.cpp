#include "services/image/canonical_bytes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "codec/sha1.hpp"

namespace mlrepro {
namespace {

// "#! NAME" is an entry of TeX's configurations that is switched off.
bool is_head(std::string_view line) {
  return line.empty() || (line.starts_with('#') && !line.starts_with("#!"));
}

struct Paragraph {
  std::vector<std::string_view> heads;
  std::vector<std::string_view> names;
  [[nodiscard]] std::string_view key() const { return heads.empty() ? std::string_view() : heads.front(); }
};

// JKS, as sun.security.provider.JavaKeyStore writes it, big endian: magic, version, count; of each entry: tag
// 2 (trusted certificate), alias, milliseconds since 1970, certificate type, certificate; then the SHA-1 of
// password (UTF-16), "Mighty Aphrodite" and all before. Texts have a length of 2 bytes, certificates of 4.
constexpr std::string_view keystore_magic("\xfe\xed\xfe\xed\x00\x00\x00\x02", 8);
constexpr std::string_view keystore_password = "changeit";
constexpr std::size_t digest_size = 20;

std::string keystore_digest(std::string_view bytes) {
  std::string keyed;
  for (const char letter : keystore_password)
    keyed.append({'\0', letter});
  keyed.append("Mighty Aphrodite").append(bytes);
  const auto digest = sha1(keyed);
  return {digest.begin(), digest.end()};
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) {
      good_ = false;
      bytes_ = {};
      return {};
    }
    const auto piece = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return piece;
  }

  std::size_t number(std::size_t size) {
    std::size_t value = 0;
    for (const char byte : take(size))
      value = (value << 8U) | static_cast<unsigned char>(byte);
    return value;
  }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

std::string big_endian(std::uint64_t value) {
  std::string bytes;
  for (unsigned shift = 64; shift > 0; shift -= 8)
    bytes.push_back(static_cast<char>((value >> (shift - 8)) & 0xffU));
  return bytes;
}

}  // namespace

std::string sorted_lines(std::string_view bytes) {
  if (!bytes.ends_with('\n')) return std::string(bytes);
  auto lines = split(bytes.substr(0, bytes.size() - 1), '\n');
  const auto body = std::find_if_not(lines.begin(), lines.end(), is_head);
  // A comment belongs to the lines around it.
  if (std::any_of(body, lines.end(), is_head)) return std::string(bytes);
  std::sort(body, lines.end());
  lines.erase(std::unique(body, lines.end()), lines.end());
  std::string out;
  for (const auto line : lines)
    out.append(line).append("\n");
  return out;
}

std::string sorted_listing(std::string_view bytes) {
  if (!bytes.starts_with("% ls-R") || !bytes.ends_with('\n')) return std::string(bytes);
  std::vector<Paragraph> paragraphs;
  bool fresh = true;
  for (const auto line : split(bytes.substr(0, bytes.size() - 1), '\n')) {
    if (line.empty()) {
      fresh = true;
      continue;
    }
    if (fresh) paragraphs.emplace_back();
    fresh = false;
    const bool head = line.starts_with('%') || line.ends_with(':');
    (head ? paragraphs.back().heads : paragraphs.back().names).push_back(line);
  }
  // "%" sorts before "./", so the mark of the format stays in front.
  std::stable_sort(paragraphs.begin(), paragraphs.end(),
                   [](const auto& a, const auto& b) { return a.key() < b.key(); });
  std::string out;
  for (auto& paragraph : paragraphs) {
    std::sort(paragraph.names.begin(), paragraph.names.end());
    if (!out.empty()) out += "\n";
    for (const auto line : paragraph.heads)
      out.append(line).append("\n");
    for (const auto line : paragraph.names)
      out.append(line).append("\n");
  }
  return out.starts_with("% ls-R") ? out : std::string(bytes);
}

std::string undated_octave(std::string_view bytes) {
  constexpr std::string_view begin = "# Created by Octave ";
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  const auto comma = line.find(", ");
  if (!line.starts_with(begin) || comma == std::string_view::npos) return std::string(bytes);
  return std::string(line.substr(0, comma)).append(bytes.substr(line.size()));
}

std::string dated_keystore(std::string_view bytes, std::int64_t time) {
  const std::string unknown(bytes);
  if (!bytes.starts_with(keystore_magic) || bytes.size() < keystore_magic.size() + 4 + digest_size)
    return unknown;
  const std::string_view body = bytes.substr(0, bytes.size() - digest_size);
  if (keystore_digest(body) != bytes.substr(body.size())) return unknown;
  Reader reader(body.substr(keystore_magic.size()));
  const std::string_view count = body.substr(keystore_magic.size(), 4);
  const std::size_t entries = reader.number(4);
  const std::string date = big_endian(static_cast<std::uint64_t>(time) * 1000);
  std::vector<std::pair<std::string_view, std::string>> found;  // alias, entry
  for (std::size_t i = 0; i < entries && reader.good(); ++i) {
    const std::string_view tag = reader.take(4);
    if (tag != std::string_view("\0\0\0\2", 4)) return unknown;
    const auto text = [&](std::size_t width) {
      const std::size_t size = reader.number(width);
      return reader.take(size);
    };
    const std::string_view alias = text(2);
    reader.take(8);
    const std::string_view type = text(2);
    const std::string_view certificate = text(4);
    if (!reader.good()) return unknown;
    std::string entry(tag);
    entry.append(big_endian(alias.size()).substr(6)).append(alias).append(date);
    entry.append(big_endian(type.size()).substr(6)).append(type);
    entry.append(big_endian(certificate.size()).substr(4)).append(certificate);
    found.emplace_back(alias, std::move(entry));
  }
  if (!reader.good() || !reader.at_end()) return unknown;
  std::sort(found.begin(), found.end());
  std::string out(keystore_magic);
  out.append(count);
  for (const auto& [alias, entry] : found)
    out += entry;
  return out + keystore_digest(out);
}

}  // namespace mlrepro
