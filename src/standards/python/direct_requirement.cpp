#include <algorithm>

#include "base/sorted.hpp"
#include "base/text.hpp"
#include "standards/python/direct_text.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"
#include "standards/python/url.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro::python {
namespace detail {

bool take_extras(std::string_view list, std::vector<std::string>& extras) {
  for (const auto piece : split(list, ',')) {
    const auto name = trim(piece);
    if (name.empty()) continue;
    if (!is_valid_name(name)) return false;
    extras.push_back(normalise_name(name));
  }
  sort_unique(extras);
  return true;
}

}  // namespace detail

namespace {

using detail::take_extras;

// The end of the URL or path and the begin of what follows "; ". Within a URL ';' may stand; white space
// before or after it makes a marker of the rest, as pip reads it.
std::size_t marker_at(std::string_view text, bool url) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ';') continue;
    const bool spaced = (i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t')) ||
                        (i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t'));
    if (!url || spaced) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<DirectRequirement> DirectRequirement::parse(std::string_view text, std::string& why) {
  why.clear();
  DirectRequirement out;
  text = trim(text);
  if (auto named = Requirement::parse(text); named && !named->url.empty()) {
    auto url = DirectUrl::parse(named->url, why);
    if (!url) return std::nullopt;
    out.name = named->name;
    out.extras = std::move(named->extras);
    out.extras.insert(out.extras.end(), url->extras.begin(), url->extras.end());
    out.url = std::move(*url);
    out.marker = std::move(named->marker);
  } else {
    const bool has_scheme = !scheme_of(text).empty();
    const auto end = marker_at(text, has_scheme);
    std::string_view address = trim(text.substr(0, end));
    if (end != std::string_view::npos) {
      out.marker = Marker::parse(trim(text.substr(end + 1)));
      if (!out.marker) {
        why = "what follows ; is no marker";
        return std::nullopt;
      }
    }
    const bool in_egg =
        address.find("#egg=") != std::string_view::npos || address.find("&egg=") != std::string_view::npos;
    if (const auto open = address.rfind('[');
        address.ends_with(']') && open != std::string_view::npos && open > 0 && !in_egg) {
      if (!take_extras(address.substr(open + 1, address.size() - open - 2), out.extras)) {
        why = "what stands in [] are no extras";
        return std::nullopt;
      }
      address = address.substr(0, open);
    }
    auto url = DirectUrl::parse_bare(address, why);
    if (!url) return std::nullopt;
    out.extras.insert(out.extras.end(), url->extras.begin(), url->extras.end());
    out.url = std::move(*url);
    out.name = out.url.egg;
    if (const auto wheel = WheelName::parse(out.url.file_name()); wheel && out.name.empty())
      out.name = wheel->name;
  }
  sort_unique(out.extras);
  return out;
}

std::string DirectRequirement::str() const {
  const std::string list = extras.empty() ? "" : "[" + join(extras, ",") + "]";
  std::string out = name.empty() ? url.str() + list : name + list + " @ " + url.str();
  if (marker) out += " ; " + marker->str();
  return out;
}

bool is_direct(std::string_view line) {
  line = trim(line);
  if (line.empty()) return false;
  if (line.front() == '.' || line.front() == '/' || line.starts_with("git+")) return true;
  const std::string scheme = scheme_of(line);
  if (!scheme.empty())
    return scheme == "file" || line.substr(scheme.size() + 1).starts_with("//") ||
           scheme.find('+') != std::string::npos;
  if (const auto named = Requirement::parse(line)) {
    if (!named->url.empty()) return true;
  }
  const auto end = std::min(line.find_first_of(" \t;@<>=!~("), line.size());
  std::string_view head = line.substr(0, end);
  if (head.ends_with(']')) head = head.substr(0, head.rfind('['));
  return head.find('/') != std::string_view::npos || is_archive_name(head);
}

}  // namespace mlrepro::python
