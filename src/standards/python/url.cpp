#include "standards/python/url.hpp"

#include <algorithm>

#include "base/characters.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"

namespace mlrepro::python {
namespace {

// Length of "scheme:", 0 where there is none.
std::size_t scheme_size(std::string_view url) {
  for (std::size_t i = 0; i < url.size(); ++i) {
    const char c = url[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || (i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'))) continue;
    return c == ':' && i > 0 ? i + 1 : 0;
  }
  return 0;
}

// RFC 3986 section 5.2.4 for a path that begins with '/'.
std::string without_dots(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const auto segment = path.substr(0, end);
    const bool last = end == path.size();
    path.remove_prefix(end);
    if (segment == "/." || segment == "/..") {
      if (segment == "/..") out.resize(std::min(out.rfind('/'), out.size()));
      if (last) out += '/';
      continue;
    }
    out += segment;
  }
  return out;
}

}  // namespace

std::string scheme_of(std::string_view url) {
  const auto size = scheme_size(url);
  return size == 0 ? std::string() : to_lower(url.substr(0, size - 1));
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  if (scheme_size(reference) != 0) return std::string(reference);
  const auto scheme = scheme_size(base);
  if (scheme == 0) return std::string(reference);
  if (reference.starts_with("//")) return std::string(base.substr(0, scheme)).append(reference);
  base = base.substr(0, base.find('#'));
  if (reference.empty() || reference.front() == '#') return std::string(base).append(reference);
  base = base.substr(0, base.find('?'));
  if (reference.front() == '?') return std::string(base).append(reference);

  std::size_t path = scheme;
  if (base.substr(scheme, 2) == "//") path = std::min(base.find('/', scheme + 2), base.size());
  const auto suffix = std::min(reference.find_first_of("?#"), reference.size());
  std::string merged;
  if (reference.front() != '/') {
    const auto folder = base.substr(path);
    merged = folder.substr(0, folder.rfind('/') + 1);
    if (merged.empty()) merged = "/";
  }
  merged += reference.substr(0, suffix);
  std::string out(base.substr(0, path));
  out += merged.find("/.") == std::string::npos ? merged : without_dots(merged);
  return out.append(reference.substr(suffix));
}

std::string percent_encode(std::string_view text, const std::function<bool(char)>& stays) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (stays(c)) {
      out += c;
    } else {
      out += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high << 4 | low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::string encode_path(std::string_view text) {
  return percent_encode(text, [](char c) {
    return is_alphanumeric(c) || std::string_view("-._~/+,=:@()!$&'*").find(c) != std::string_view::npos;
  });
}

}  // namespace mlrepro::python
