#include "standards/deb/version.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/characters.hpp"
#include "base/text.hpp"

namespace mlrepro::deb {
namespace {

// Rank of a non-digit: '~' before the end of the part, the end before letters, letters before all else.
int rank(std::string_view part, std::size_t at) {
  if (at >= part.size() || is_digit(part[at])) return 0;
  const char c = part[at];
  if (c == '~') return -1;
  return is_letter(c) ? c : static_cast<unsigned char>(c) + 256;
}

// deb-version(7), "sorting algorithm": stretches of non-digits by rank and stretches of digits by number, in
// turn.
std::weak_ordering compare_part(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    while ((i < a.size() && !is_digit(a[i])) || (j < b.size() && !is_digit(b[j]))) {
      const int left = rank(a, i);
      const int right = rank(b, j);
      if (left != right) return left <=> right;
      ++i;
      ++j;
    }
    while (i < a.size() && a[i] == '0')
      ++i;
    while (j < b.size() && b[j] == '0')
      ++j;
    std::strong_ordering first_difference = std::strong_ordering::equal;
    while (i < a.size() && j < b.size() && is_digit(a[i]) && is_digit(b[j])) {
      if (first_difference == 0) first_difference = a[i] <=> b[j];
      ++i;
      ++j;
    }
    if (i < a.size() && is_digit(a[i])) return std::weak_ordering::greater;
    if (j < b.size() && is_digit(b[j])) return std::weak_ordering::less;
    if (first_difference != 0) return first_difference;
  }
  return std::weak_ordering::equivalent;
}

struct Parts {
  std::uint32_t epoch = 0;
  std::string_view upstream;
  std::string_view revision;
  bool revision_given = false;
};

// Nothing where what stands before the first ':' is no epoch (dpkg's limit is INT_MAX).
std::optional<Parts> cut(std::string_view text) {
  Parts parts;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    const auto epoch = parse_number(text.substr(0, colon));
    if (!epoch || *epoch > static_cast<unsigned long long>(std::numeric_limits<int>::max()))
      return std::nullopt;
    parts.epoch = static_cast<std::uint32_t>(*epoch);
    text.remove_prefix(colon + 1);
  }
  if (const auto hyphen = text.rfind('-'); hyphen != std::string_view::npos) {
    parts.revision = text.substr(hyphen + 1);
    parts.revision_given = true;
    text = text.substr(0, hyphen);
  }
  parts.upstream = text;
  return parts;
}

Parts cut_leniently(std::string_view text) {
  text = trim(text);
  if (const auto parts = cut(text)) return *parts;
  Parts parts;
  const auto hyphen = text.rfind('-');
  parts.upstream = text.substr(0, hyphen);
  if (hyphen != std::string_view::npos) parts.revision = text.substr(hyphen + 1);
  return parts;
}

bool all_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_digit(c) || is_letter(c) || others.find(c) != std::string_view::npos;
  });
}

std::weak_ordering compare_parts(std::uint32_t left_epoch, std::uint32_t right_epoch, std::string_view left,
                                 std::string_view right, std::string_view left_revision,
                                 std::string_view right_revision) {
  if (left_epoch != right_epoch) return left_epoch <=> right_epoch;
  if (const auto order = compare_part(left, right); order != 0) return order;
  return compare_part(left_revision, right_revision);
}

constexpr std::array<std::pair<Comparison, std::string_view>, 6> signs{{{Comparison::any, ""},
                                                                        {Comparison::less, "<<"},
                                                                        {Comparison::less_equal, "<="},
                                                                        {Comparison::equal, "="},
                                                                        {Comparison::greater_equal, ">="},
                                                                        {Comparison::greater, ">>"}}};

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  const auto parts = cut(trim(text));
  if (!parts || parts->upstream.empty() || !is_digit(parts->upstream.front())) return std::nullopt;
  if (parts->revision_given && parts->revision.empty()) return std::nullopt;
  if (!all_of(parts->upstream, ".-+~:") || !all_of(parts->revision, ".+~")) return std::nullopt;
  return Version{parts->epoch, std::string(parts->upstream), std::string(parts->revision)};
}

std::string Version::str() const {
  std::string text = epoch > 0 ? std::to_string(epoch) + ":" + upstream : upstream;
  if (!revision.empty()) text += "-" + revision;
  return text;
}

std::weak_ordering compare(const Version& left, const Version& right) {
  return compare_parts(left.epoch, right.epoch, left.upstream, right.upstream, left.revision, right.revision);
}

std::weak_ordering compare_versions(std::string_view left, std::string_view right) {
  const Parts a = cut_leniently(left);
  const Parts b = cut_leniently(right);
  return compare_parts(a.epoch, b.epoch, a.upstream, b.upstream, a.revision, b.revision);
}

std::string_view to_string(Comparison comparison) {
  for (const auto& [value, sign] : signs)
    if (value == comparison) return sign;
  return {};
}

std::optional<Comparison> parse_comparison(std::string_view text) {
  if (text == "<") return Comparison::less_equal;
  if (text == ">") return Comparison::greater_equal;
  for (const auto& [value, sign] : signs)
    if (sign == text) return value;
  return std::nullopt;
}

bool satisfies(std::string_view version, Comparison comparison, std::string_view bound) {
  if (comparison == Comparison::any) return true;
  const auto order = compare_versions(version, bound);
  switch (comparison) {
    case Comparison::any: return true;
    case Comparison::less: return order < 0;
    case Comparison::less_equal: return order <= 0;
    case Comparison::equal: return order == 0;
    case Comparison::greater_equal: return order >= 0;
    case Comparison::greater: return order > 0;
  }
  return false;
}

}  // namespace mlrepro::deb
