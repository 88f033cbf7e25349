// PEP 440 version specifiers.
//
// Whether pre-releases may be chosen is the caller's policy: contains() judges order alone. Rules that
// surprise:
// `==2.0` holds 2.0+cu121; `>1.2.3` refuses 1.2.3.post1 and 1.2.3+foo; `<1.2.3` refuses 1.2.3a1, while
// `<1.2.3.post1` holds it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/python/version.hpp"

namespace mlrepro::python {

// Half open, over Version::key(): lower <= key < upper. An empty lower is below, an absent upper above every
// version.
struct KeyRange {
  std::string lower;
  std::optional<std::string> upper;
  bool operator==(const KeyRange&) const = default;
};

enum class SpecifierOperator {
  equal,
  not_equal,
  less_equal,
  greater_equal,
  less,
  greater,
  compatible,
  arbitrary
};

// How a version stands to a specifier.
enum class Fit {
  inside,
  above,    // refused by upper bounds alone
  outside,  // refused by a lower bound, an exclusion or an exact pin
};

class Specifier {
 public:
  // "~=1.4.2", with white space anywhere around operator and version. Absent where it is not PEP 440, with
  // two forms of old metadata taken as meant: `>=1.*` is `>=1` (also <=, <, >), `!=3.0*` is `!=3.0.*`.
  [[nodiscard]] static std::optional<Specifier> parse(std::string_view text);
  // "==" version, keeping a local part.
  [[nodiscard]] static Specifier exactly(const Version& version);

  [[nodiscard]] bool contains(const Version& version) const;
  [[nodiscard]] Fit fit(const Version& version) const;
  [[nodiscard]] SpecifierOperator op() const noexcept { return op_; }
  // The version it names; for `==1.2.*` and `!=1.2.*` that is 1.2; absent for `===text` where text is no
  // version.
  [[nodiscard]] const std::optional<Version>& version() const noexcept { return version_; }
  [[nodiscard]] bool is_wildcard() const noexcept { return wildcard_; }
  // Sorted, disjoint. For `===` the range that equal keys have; contains() then also compares the text.
  [[nodiscard]] const std::vector<KeyRange>& ranges() const noexcept { return ranges_; }
  // "~=1.4.2": operator and canonical version, no white space.
  [[nodiscard]] std::string str() const;
  bool operator==(const Specifier& other) const { return str() == other.str(); }

 private:
  SpecifierOperator op_ = SpecifierOperator::greater_equal;
  bool wildcard_ = false;
  std::optional<Version> version_;
  std::string arbitrary_;  // the text after ===
  std::vector<KeyRange> ranges_;
};

class SpecifierSet {
 public:
  SpecifierSet() = default;  // holds every version
  // Comma-separated, empty pieces skipped; "" is the set that holds all; ">=7.2<8" of old metadata is two.
  // Absent where a piece is no specifier.
  [[nodiscard]] static std::optional<SpecifierSet> parse(std::string_view text);
  explicit SpecifierSet(std::vector<Specifier> specifiers);

  [[nodiscard]] bool contains(const Version& version) const;
  // `above` where every specifier that refuses does so by an upper bound.
  [[nodiscard]] Fit fit(const Version& version) const;
  [[nodiscard]] bool empty() const noexcept { return specifiers_.empty(); }
  [[nodiscard]] const std::vector<Specifier>& specifiers() const noexcept { return specifiers_; }
  // The intersection, sorted and disjoint: bisect sorted versions with it. Where has_arbitrary(), ask
  // contains() as well.
  [[nodiscard]] const std::vector<KeyRange>& ranges() const noexcept { return ranges_; }
  [[nodiscard]] bool has_arbitrary() const noexcept { return has_arbitrary_; }
  // A specifier other than != names a pre-release.
  [[nodiscard]] bool names_prerelease() const noexcept;
  // The version of `==V` without wildcard, or `===V`; absent where there is none.
  [[nodiscard]] std::optional<Version> exact_pin() const;
  // Both sets at once.
  [[nodiscard]] SpecifierSet with(const SpecifierSet& other) const;
  // Canonical: sorted as text without repeats, joined by ",": equal sets of specifiers have equal text.
  [[nodiscard]] std::string str() const;
  bool operator==(const SpecifierSet& other) const { return str() == other.str(); }

 private:
  std::vector<Specifier> specifiers_;
  std::vector<KeyRange> ranges_{KeyRange{}};
  bool has_arbitrary_ = false;
};

// The part common to both; each sorted and disjoint.
[[nodiscard]] std::vector<KeyRange> intersect(const std::vector<KeyRange>& a, const std::vector<KeyRange>& b);

}  // namespace mlrepro::python
