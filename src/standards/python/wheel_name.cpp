#include "standards/python/wheel_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/characters.hpp"
#include "base/text.hpp"
#include "standards/python/name.hpp"

namespace mlrepro::python {
namespace {

// "py2.py3": every part a word of letters, digits and '_'.
bool read_tags(std::string_view text, std::vector<std::string>& out) {
  for (const auto piece : split(text, '.')) {
    if (piece.empty()) return false;
    for (const char c : piece) {
      if (!is_alphanumeric(c) && c != '_') return false;
    }
    out.push_back(to_lower(piece));
  }
  return true;
}

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
  return text.size() > suffix.size() && to_lower(text.substr(text.size() - suffix.size())) == suffix;
}

}  // namespace

std::optional<Version> parse_file_version(std::string_view text) {
  if (auto version = Version::parse(text)) return version;
  std::string dashed(text);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return Version::parse(dashed);
}

std::optional<WheelTags> WheelTags::parse(std::string_view text) {
  const auto parts = split(text, '-');
  WheelTags out;
  if (parts.size() != 3 || !read_tags(parts[0], out.pythons) || !read_tags(parts[1], out.abis) ||
      !read_tags(parts[2], out.platforms)) {
    return std::nullopt;
  }
  return out;
}

std::optional<BuildTag> BuildTag::parse(std::string_view text) {
  BuildTag out;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, out.number);
  if (error != std::errc()) return std::nullopt;
  out.suffix.assign(rest, end);
  return out;
}

std::optional<WheelNameParts> WheelNameParts::split(std::string_view file_name) {
  if (file_name.size() > longest_file_name || !file_name.ends_with(".whl")) return std::nullopt;
  file_name.remove_suffix(4);
  std::array<std::size_t, 6> dashes{};
  std::size_t count = 0;
  for (std::size_t at = file_name.find('-'); at != std::string_view::npos; at = file_name.find('-', at + 1)) {
    if (count == 5) return std::nullopt;
    dashes[count++] = at;
  }
  if (count < 4) return std::nullopt;
  const auto between = [&](std::size_t from, std::size_t to) {
    return file_name.substr(dashes[from] + 1, dashes[to] - dashes[from] - 1);
  };
  WheelNameParts out;
  out.name = file_name.substr(0, dashes[0]);
  out.version = between(0, 1);
  if (count == 5) {
    out.build = between(1, 2);
    if (out.build.empty()) return std::nullopt;
  }
  out.tags = file_name.substr(dashes[count - 3] + 1);
  return out;
}

std::optional<WheelName> WheelName::parse(std::string_view file_name) {
  const auto parts = WheelNameParts::split(file_name);
  if (!parts || !is_valid_name(parts->name)) return std::nullopt;
  auto version = parse_file_version(parts->version);
  auto tags = WheelTags::parse(parts->tags);
  if (!version || !tags) return std::nullopt;
  WheelName out;
  static_cast<WheelTags&>(out) = std::move(*tags);
  out.name = normalise_name(parts->name);
  out.version = std::move(*version);
  if (!parts->build.empty()) {
    auto build = BuildTag::parse(parts->build);
    if (!build) return std::nullopt;
    out.build = build->number;
    out.build_suffix = std::move(build->suffix);
  }
  return out;
}

std::optional<SdistName> SdistName::parse(std::string_view file_name, std::string_view project) {
  constexpr std::array<std::string_view, 5> extensions = {"tar.gz", "zip", "tar.bz2", "tgz", "tar.xz"};
  if (file_name.size() > longest_file_name) return std::nullopt;
  const auto wanted = normalise_name(project);
  for (const auto extension : extensions) {
    if (!ends_with_ignoring_case(file_name, "." + std::string(extension))) continue;
    const auto stem = file_name.substr(0, file_name.size() - extension.size() - 1);
    // Both halves may hold '-': the one place where the left half is the project.
    for (auto dash = stem.find('-'); dash != std::string_view::npos; dash = stem.find('-', dash + 1)) {
      if (normalise_name(stem.substr(0, dash)) != wanted) continue;
      auto version = parse_file_version(stem.substr(dash + 1));
      if (!version) return std::nullopt;
      return SdistName{std::move(*version), std::string(extension), dash};
    }
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace mlrepro::python
