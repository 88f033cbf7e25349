#include "standards/python/metadata.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "standards/python/foreign_text.hpp"
#include "standards/python/name.hpp"

namespace mlrepro::python {
namespace {

constexpr std::size_t largest = std::size_t{16} << 20;

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_folded(std::string_view rest) {
  return !rest.empty() && (rest.front() == ' ' || rest.front() == '\t');
}

// A field's value with its continuation lines (RFC 822 section 3.1.1), joined by a space.
std::string take_value(std::string_view first, std::string_view& rest) {
  std::string value(trim(first));
  while (is_folded(rest))
    (value += ' ') += trim(take_line(rest));
  return as_utf8(trim(value));
}

bool wanted(std::string_view field) {
  return field == "metadata-version" || field == "name" || field == "version" || field == "requires-dist" ||
         field == "requires-python" || field == "provides-extra" || field == "dynamic";
}

}  // namespace

std::optional<CoreMetadata> CoreMetadata::parse(std::string_view text) {
  if (text.size() > largest) return std::nullopt;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  CoreMetadata out;
  std::optional<Version> version;
  bool seen_version = false;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) break;  // the body follows
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || is_folded(line)) continue;
    const auto field = to_lower(trim(line.substr(0, colon)));
    if (!wanted(field)) continue;  // its continuation lines are passed over by is_folded
    auto value = take_value(line.substr(colon + 1), text);
    if (field == "metadata-version") {
      if (out.metadata_version.empty()) out.metadata_version = std::move(value);
    } else if (field == "name") {
      if (out.name.empty()) out.name = std::move(value);
    } else if (field == "version") {
      if (!seen_version) version = Version::parse(value);
      seen_version = true;
    } else if (field == "requires-dist") {
      if (!value.empty()) out.requires_dist.push_back(std::move(value));
    } else if (field == "requires-python") {
      if (!out.requires_python && !value.empty()) out.requires_python = std::move(value);
    } else if (field == "provides-extra") {
      if (is_valid_name(value)) out.provides_extra.push_back(normalise_name(value));
    } else {
      out.dynamic.push_back(to_lower(value));
    }
  }
  if (!is_valid_name(out.name) || !version) return std::nullopt;
  out.version = std::move(*version);
  std::set<std::string> seen;
  std::erase_if(out.provides_extra, [&](const auto& extra) { return !seen.insert(extra).second; });
  return out;
}

bool CoreMetadata::is_static(std::string_view field) const {
  // Dynamic came with metadata 2.2: what is older promises nothing.
  const auto format = Version::parse(metadata_version);
  static constexpr std::string_view first_with_dynamic = "2.2";
  if (!format || *format < *Version::parse(first_with_dynamic)) return false;
  return std::find(dynamic.begin(), dynamic.end(), to_lower(field)) == dynamic.end();
}

}  // namespace mlrepro::python
