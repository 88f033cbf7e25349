#include "standards/python/wheel_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "standards/python/name.hpp"

namespace mlrepro::python {
namespace {

// "py2.py3": every part a word of letters, digits and '_'.
bool read_tags(std::string_view text, std::vector<std::string>& out) {
  for (const auto piece : split(text, '.')) {
    if (piece.empty()) return false;
    for (const char c : piece) {
      const bool word =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      if (!word) return false;
    }
    out.push_back(to_lower(piece));
  }
  return true;
}

std::optional<Version> read_version(std::string_view text) {
  if (auto version = Version::parse(text)) return version;
  std::string dashed(text);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return Version::parse(dashed);
}

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
  return text.size() > suffix.size() && to_lower(text.substr(text.size() - suffix.size())) == suffix;
}

}  // namespace

std::optional<WheelName> WheelName::parse(std::string_view file_name) {
  if (file_name.size() > 1000 || !file_name.ends_with(".whl")) return std::nullopt;
  const auto parts = split(file_name.substr(0, file_name.size() - 4), '-');
  if (parts.size() != 5 && parts.size() != 6) return std::nullopt;
  WheelName out;
  if (!is_valid_name(parts[0])) return std::nullopt;
  out.name = normalise_name(parts[0]);
  auto version = read_version(parts[1]);
  if (!version) return std::nullopt;
  out.version = std::move(*version);
  if (parts.size() == 6) {
    const auto build = parts[2];
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(build.data(), build.data() + build.size(), number);
    if (error != std::errc()) return std::nullopt;
    out.build = number;
    out.build_suffix = std::string_view(end, static_cast<std::size_t>(build.data() + build.size() - end));
  }
  const auto first = parts.size() - 3;
  if (!read_tags(parts[first], out.pythons) || !read_tags(parts[first + 1], out.abis) ||
      !read_tags(parts[first + 2], out.platforms)) {
    return std::nullopt;
  }
  return out;
}

std::optional<SdistName> SdistName::parse(std::string_view file_name, std::string_view project) {
  constexpr std::array<std::string_view, 5> extensions = {"tar.gz", "zip", "tar.bz2", "tgz", "tar.xz"};
  if (file_name.size() > 1000) return std::nullopt;
  const auto wanted = normalise_name(project);
  for (const auto extension : extensions) {
    if (!ends_with_ignoring_case(file_name, "." + std::string(extension))) continue;
    const auto stem = file_name.substr(0, file_name.size() - extension.size() - 1);
    // Both halves may hold '-': the one place where the left half is the project.
    for (auto dash = stem.find('-'); dash != std::string_view::npos; dash = stem.find('-', dash + 1)) {
      if (normalise_name(stem.substr(0, dash)) != wanted) continue;
      auto version = read_version(stem.substr(dash + 1));
      if (!version) return std::nullopt;
      return SdistName{std::move(*version), std::string(extension)};
    }
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace mlrepro::python
