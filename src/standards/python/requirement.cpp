#include "standards/python/requirement.hpp"

#include <algorithm>

#include "base/sorted.hpp"
#include "base/text.hpp"
#include "standards/python/name.hpp"

namespace mlrepro::python {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.';
}

std::string_view take_name(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && is_name_character(rest[size]))
    ++size;
  const auto name = rest.substr(0, size);
  rest = trim(rest.substr(size));
  return name;
}

bool take_extras(std::string_view& rest, std::vector<std::string>& extras) {
  if (!rest.starts_with('[')) return true;
  const auto end = rest.find(']');
  if (end == std::string_view::npos) return false;
  const auto inside = trim(rest.substr(1, end - 1));
  rest = trim(rest.substr(end + 1));
  if (inside.empty()) return true;
  for (const auto piece : split(inside, ',')) {
    const auto name = trim(piece);
    if (!is_valid_name(name)) return false;
    extras.push_back(normalise_name(name));
  }
  sort_unique(extras);
  return true;
}

// A URL ends at white space; "url;marker" without it is part of the URL (PEP 508).
bool take_url(std::string_view& rest, std::string& url) {
  rest = trim(rest.substr(1));
  const auto end = std::min(rest.find_first_of(" \t\r\n\f\v"), rest.size());
  url = rest.substr(0, end);
  rest = trim(rest.substr(end));
  return !url.empty();
}

bool take_specifiers(std::string_view& rest, SpecifierSet& specifiers) {
  const bool parenthesised = rest.starts_with('(');
  const auto end = parenthesised ? rest.find(')') : std::min(rest.find(';'), rest.size());
  if (end == std::string_view::npos) return false;
  auto text = trim(rest.substr(parenthesised ? 1 : 0, parenthesised ? end - 1 : end));
  rest = trim(rest.substr(parenthesised ? end + 1 : end));
  std::string pinned;
  if (parenthesised && !text.empty() && text.front() >= '0' && text.front() <= '9') {
    pinned = "==";  // PEP 345: "(1.0)" means (==1.0)
    text = pinned += text;
  }
  auto parsed = SpecifierSet::parse(text);
  if (!parsed) return false;
  specifiers = std::move(*parsed);
  return true;
}

}  // namespace

std::optional<Requirement> Requirement::parse(std::string_view text) {
  Requirement out;
  auto rest = trim(text);
  const auto name = take_name(rest);
  if (!is_valid_name(name) || !take_extras(rest, out.extras)) return std::nullopt;
  out.name = normalise_name(name);
  if (rest.starts_with('@')) {
    if (!take_url(rest, out.url)) return std::nullopt;
  } else if (!rest.empty() && rest.front() != ';') {
    if (!take_specifiers(rest, out.specifiers)) return std::nullopt;
  }
  if (rest.empty()) return out;
  if (rest.front() != ';') return std::nullopt;
  rest = trim(rest.substr(1));
  if (rest.empty()) return out;
  out.marker = Marker::parse(rest);
  if (!out.marker) return std::nullopt;
  return out;
}

bool Requirement::applies(const MarkerEnvironment& environment,
                          std::span<const std::string> asked_extras) const {
  return !marker || marker->evaluate(environment, asked_extras);
}

std::string Requirement::str() const {
  auto out = str_without_marker();
  if (marker) out += (url.empty() ? "; " : " ; ") + marker->str();
  return out;
}

std::string Requirement::str_without_marker() const {
  auto out = name;
  if (!extras.empty()) out += '[' + join(extras, ",") + ']';
  if (!url.empty()) return out += " @ " + url;
  return out += specifiers.str();
}

}  // namespace mlrepro::python
