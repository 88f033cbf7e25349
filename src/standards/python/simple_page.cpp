#include "standards/python/simple_page.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "standards/python/simple_file.hpp"
#include "standards/python/url.hpp"

namespace mlrepro::python {

bool is_usable_filename(std::string_view name) {
  if (name.empty() || name.size() > 500 || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return c >= 0x20 && c < 0x7F && c != '/' && c != '\\'; });
}

bool is_known_repository_version(std::string_view version) {
  version = trim(version);
  return version == "1" || version.starts_with("1.");
}

bool set_url(SimpleFile& file, std::string_view base, std::string_view reference) {
  const auto hash = std::min(reference.find('#'), reference.size());
  file.url = resolve_url(base, reference.substr(0, hash));
  // RFC 3986 leaves out what a client percent-encodes; control characters and spaces have no place in a
  // request.
  const bool clean = std::none_of(file.url.begin(), file.url.end(),
                                  [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
  const std::string_view url = file.url;
  if (!clean || !(url.starts_with("https://") || url.starts_with("http://") || url.starts_with("file://")))
    return false;
  if (hash == reference.size() || file.sha256) return true;
  for (const auto part : split(reference.substr(hash + 1), '&')) {
    if (part.starts_with("sha256=")) file.sha256 = Sha256::parse(part.substr(7));
  }
  return true;
}

std::optional<UnixTime> parse_upload_time(std::string_view text) {
  text = trim(text);
  auto time = parse_rfc3339(text);
  const auto point = text.find('.');
  if (!time || point == std::string_view::npos) return time;
  const auto end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  const bool part = text.substr(point + 1, end - point - 1).find_first_not_of('0') != std::string_view::npos;
  return part ? *time + 1 : *time;
}

std::optional<SimplePage> parse_simple_page(std::string_view text, std::string_view url,
                                            std::string_view content_type) {
  const auto type = to_lower(trim(content_type.substr(0, content_type.find(';'))));
  if (type.ends_with("json")) return parse_simple_json(text, url);
  if (type.ends_with("html")) return parse_simple_html(text, url);
  const auto body = trim(text.substr(0, 4096));
  return body.starts_with('{') ? parse_simple_json(text, url) : parse_simple_html(text, url);
}

}  // namespace mlrepro::python
