#include "standards/python/specifier.hpp"

#include <algorithm>

#include "base/sorted.hpp"
#include "base/text.hpp"

namespace mlrepro::python {
namespace {

struct Spelling {
  std::string_view text;
  SpecifierOperator op;
};
constexpr Spelling spellings[] = {
    // longest first
    {"===", SpecifierOperator::arbitrary},    {"==", SpecifierOperator::equal},
    {"!=", SpecifierOperator::not_equal},     {"<=", SpecifierOperator::less_equal},
    {">=", SpecifierOperator::greater_equal}, {"~=", SpecifierOperator::compatible},
    {"<", SpecifierOperator::less},           {">", SpecifierOperator::greater},
};

// Where the next operator begins after the first one; '!' alone is the mark of an epoch.
std::size_t end_of_specifier(std::string_view text) {
  auto at = text.find_first_not_of("<>=!~");
  while (at < text.size()) {
    at = text.find_first_of("<>=!~", at);
    if (at == std::string_view::npos) break;
    if (text[at] != '!' || text.substr(at + 1, 1) == "=") return at;
    ++at;
  }
  return text.size();
}

// Above every key that begins with `prefix`, which ends where a part of the key does: parts begin with 0x05
// at most.
std::string above(std::string_view prefix) {
  return std::string(prefix) + '\xFF';
}

std::string add_one(std::string_view digits) {
  std::string out(digits);
  for (std::size_t i = out.size(); i-- > 0;) {
    if (out[i] != '9') {
      ++out[i];
      return out;
    }
    out[i] = '0';
  }
  return "1" + out;
}

// Key of the lowest version of a release: "1.2" gives that of 1.2.dev0.
std::string lowest_of(std::string_view base) {
  const auto version = Version::parse(std::string(base) + ".dev0");
  return version ? version->key() : std::string();
}

// All versions whose release begins with `base` ("1!2.3"): from 2.3.dev0 to before 2.4.dev0.
KeyRange prefix_range(std::string_view base) {
  std::size_t last = base.find_last_of(".!");
  last = last == std::string_view::npos ? 0 : last + 1;
  return {lowest_of(base), lowest_of(std::string(base.substr(0, last)) + add_one(base.substr(last)))};
}

std::vector<KeyRange> complement(const KeyRange& range) {
  std::vector<KeyRange> out;
  if (!range.lower.empty()) out.push_back({{}, range.lower});
  if (range.upper) out.push_back({*range.upper, std::nullopt});
  return out;
}

std::vector<KeyRange> ranges_of(SpecifierOperator op, const Version& version, bool wildcard) {
  // A local version is its own point; without one the public version stands for all its local builds.
  const KeyRange same = wildcard              ? prefix_range(version.base_part())
                        : version.has_local() ? KeyRange{version.key(), version.key() + '\0'}
                                              : KeyRange{version.key(), above(version.key())};
  switch (op) {
    case SpecifierOperator::equal: return {same};
    case SpecifierOperator::not_equal: return complement(same);
    case SpecifierOperator::greater_equal: return {{version.key(), std::nullopt}};
    case SpecifierOperator::less_equal: return {{{}, above(version.key())}};
    case SpecifierOperator::less: {
      // No pre-release of the version itself, unless it is one: its dev0 is the lowest of them.
      if (version.is_prerelease()) return {{{}, version.key()}};
      return {{{}, lowest_of(version.public_part())}};
    }
    case SpecifierOperator::greater: {
      // No post-release of the version itself, unless it is one, and no local build of it.
      const bool own_posts = version.is_postrelease() || version.is_devrelease();
      return {{above(own_posts ? version.public_key() : version.pre_key()), std::nullopt}};
    }
    case SpecifierOperator::compatible: {
      const auto base = version.base_part();
      const auto range = prefix_range(base.substr(0, base.rfind('.')));
      return {{version.key(), range.upper}};
    }
    case SpecifierOperator::arbitrary: return {{version.key(), version.key() + '\0'}};
  }
  return {};
}

bool in_range(const KeyRange& range, const std::string& key) {
  return key >= range.lower && (!range.upper || key < *range.upper);
}

// First range that ends above the key, which then alone can hold it.
bool in_ranges(const std::vector<KeyRange>& ranges, const std::string& key) {
  if (ranges.size() < 4) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) { return in_range(range, key); });
  }
  const auto found = std::partition_point(
      ranges.begin(), ranges.end(), [&](const auto& range) { return range.upper && *range.upper <= key; });
  return found != ranges.end() && in_range(*found, key);
}

}  // namespace

std::optional<Specifier> Specifier::parse(std::string_view text) {
  Specifier out;
  text = trim(text);
  const auto* spelling = std::find_if(std::begin(spellings), std::end(spellings),
                                      [&](const auto& each) { return text.starts_with(each.text); });
  if (spelling == std::end(spellings)) return std::nullopt;
  out.op_ = spelling->op;
  text = trim(text.substr(spelling->text.size()));
  if (text.empty() || text.size() > 1000) return std::nullopt;
  if (out.op_ == SpecifierOperator::arbitrary) {
    if (text.find_first_of(" \t\r\n\f\v,;()") != std::string_view::npos) return std::nullopt;
    out.arbitrary_ = to_lower(text);
    out.version_ = Version::parse(text);
    if (out.version_) out.ranges_ = ranges_of(out.op_, *out.version_, false);
    return out;
  }
  const bool equality = out.op_ == SpecifierOperator::equal || out.op_ == SpecifierOperator::not_equal;
  const bool star = text.ends_with('*');
  if (star) {
    if (out.op_ == SpecifierOperator::compatible) return std::nullopt;
    text.remove_suffix(text.ends_with(".*") ? 2 : 1);
    if (text.empty() || text.back() < '0' || text.back() > '9') return std::nullopt;
  }
  auto version = Version::parse(text);
  if (!version) return std::nullopt;
  if (star && version->base_part().size() != version->str().size()) return std::nullopt;
  if (!equality && version->has_local()) return std::nullopt;
  if (out.op_ == SpecifierOperator::compatible &&
      version->release_part().find('.') == std::string_view::npos) {
    return std::nullopt;
  }
  out.wildcard_ = star && equality;
  out.ranges_ = ranges_of(out.op_, *version, out.wildcard_);
  out.version_ = std::move(version);
  return out;
}

Specifier Specifier::exactly(const Version& version) {
  Specifier out;
  out.op_ = SpecifierOperator::equal;
  out.version_ = version;
  out.ranges_ = ranges_of(out.op_, version, false);
  return out;
}

bool Specifier::contains(const Version& version) const {
  if (op_ == SpecifierOperator::arbitrary) return version.str() == arbitrary_;
  return in_ranges(ranges_, version.key());
}

Fit Specifier::fit(const Version& version) const {
  if (contains(version)) return Fit::inside;
  const bool bound = op_ == SpecifierOperator::less || op_ == SpecifierOperator::less_equal ||
                     op_ == SpecifierOperator::compatible || wildcard_;
  if (!bound || ranges_.empty() || !ranges_.back().upper) return Fit::outside;
  return version.key() >= *ranges_.back().upper ? Fit::above : Fit::outside;
}

std::string Specifier::str() const {
  const auto* spelling = std::find_if(std::begin(spellings), std::end(spellings),
                                      [&](const auto& each) { return each.op == op_; });
  std::string out(spelling->text);
  if (op_ == SpecifierOperator::arbitrary) return out += arbitrary_;
  if (version_) out += version_->str();
  if (wildcard_) out += ".*";
  return out;
}

SpecifierSet::SpecifierSet(std::vector<Specifier> specifiers) : specifiers_(std::move(specifiers)) {
  for (const auto& specifier : specifiers_) {
    if (specifier.op() == SpecifierOperator::arbitrary) has_arbitrary_ = true;
    ranges_ = intersect(ranges_, specifier.ranges());
  }
}

namespace {

// Forms that PEP 440 knows not, but whose meaning is plain, of metadata that was published long ago: ">dev"
// (celery before 5.2.1), "!=~5.0", ">='2.7'", ">=9.0.0a1.0".
std::string mended(std::string_view specifier) {
  const auto is_quote = [](char c) { return c == '\'' || c == '"'; };
  const auto version_at = std::min(specifier.find_first_not_of("<>=!~ \t"), specifier.size());
  std::string op(trim(specifier.substr(0, version_at)));
  auto version = trim(specifier.substr(version_at));
  while (!version.empty() && is_quote(version.front()))
    version.remove_prefix(1);
  while (!version.empty() && is_quote(version.back()))
    version.remove_suffix(1);
  if (op == ">" && version == "dev") return ">0.dev0";
  if (op == "!=~") return "!=" + std::string(version) + (version.ends_with('*') ? "" : ".*");
  if (version.ends_with(".0") && !Version::parse(version)) {
    const auto before = Version::parse(version.substr(0, version.size() - 2));
    if (before && before->base_part().size() != before->str().size()) return op + before->str();
  }
  return op + std::string(version);
}

}  // namespace

std::optional<SpecifierSet> SpecifierSet::parse(std::string_view text) {
  std::vector<Specifier> specifiers;
  for (auto piece : split(text, ',')) {
    piece = trim(piece);
    while (!piece.empty()) {
      // ">=7.2<8": an operator after a version begins the next specifier.
      const auto end = end_of_specifier(piece);
      auto specifier = Specifier::parse(piece.substr(0, end));
      if (!specifier) specifier = Specifier::parse(mended(piece.substr(0, end)));
      if (!specifier) return std::nullopt;
      specifiers.push_back(std::move(*specifier));
      piece.remove_prefix(end);
    }
  }
  return SpecifierSet(std::move(specifiers));
}

bool SpecifierSet::contains(const Version& version) const {
  if (has_arbitrary_) {
    return std::all_of(specifiers_.begin(), specifiers_.end(),
                       [&](const auto& each) { return each.contains(version); });
  }
  return in_ranges(ranges_, version.key());
}

Fit SpecifierSet::fit(const Version& version) const {
  Fit out = Fit::inside;
  for (const auto& specifier : specifiers_) {
    const Fit one = specifier.fit(version);
    if (one == Fit::outside) return one;
    if (one == Fit::above) out = one;
  }
  return out;
}

bool SpecifierSet::names_prerelease() const noexcept {
  return std::any_of(specifiers_.begin(), specifiers_.end(), [](const Specifier& each) {
    return each.op() != SpecifierOperator::not_equal && each.version() && each.version()->is_prerelease();
  });
}

std::optional<Version> SpecifierSet::exact_pin() const {
  for (const auto& each : specifiers_) {
    const bool pins = each.op() == SpecifierOperator::equal || each.op() == SpecifierOperator::arbitrary;
    if (pins && !each.is_wildcard() && each.version()) return each.version();
  }
  return std::nullopt;
}

SpecifierSet SpecifierSet::with(const SpecifierSet& other) const {
  auto all = specifiers_;
  all.insert(all.end(), other.specifiers_.begin(), other.specifiers_.end());
  return SpecifierSet(std::move(all));
}

std::string SpecifierSet::str() const {
  std::vector<std::string> pieces;
  pieces.reserve(specifiers_.size());
  for (const auto& each : specifiers_)
    pieces.push_back(each.str());
  sort_unique(pieces);
  return join(pieces, ",");
}

std::vector<KeyRange> intersect(const std::vector<KeyRange>& a, const std::vector<KeyRange>& b) {
  std::vector<KeyRange> out;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const bool a_ends_first = a[i].upper && (!b[j].upper || *a[i].upper < *b[j].upper);
    KeyRange common{std::max(a[i].lower, b[j].lower), a_ends_first ? a[i].upper : b[j].upper};
    if (!common.upper || common.lower < *common.upper) out.push_back(std::move(common));
    ++(a_ends_first ? i : j);
  }
  return out;
}

}  // namespace mlrepro::python
