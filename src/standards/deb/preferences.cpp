#include "standards/deb/preferences.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace mlrepro::deb {
namespace {

// The field of a release that "o=" and the like ask about; null where there is no such letter.
const std::string* field_of(const ReleaseFacts& release, char letter) {
  switch (letter) {
    case 'a': return &release.suite;
    case 'n': return &release.codename;
    case 'o': return &release.origin;
    case 'l': return &release.label;
    case 'v': return &release.version;
    case 'c': return &release.component;
    default: return nullptr;
  }
}

bool fits(const Pin& pin, const std::string& version, const ReleaseFacts& release) {
  return pin.version.empty() ? release_matches(pin.release, release) : pattern_matches(pin.version, version);
}

bool names(const Pin& pin, const std::string& package) {
  return std::any_of(pin.packages.begin(), pin.packages.end(),
                     [&](const std::string& pattern) { return pattern_matches(pattern, package); });
}

}  // namespace

int ReleaseFacts::default_priority() const noexcept {
  if (!not_automatic) return 500;
  return but_automatic_upgrades ? 100 : 1;
}

ReleaseFacts facts_of(const Release& release, const std::string& component) {
  return {release.origin,  release.label, release.suite,         release.codename,
          release.version, component,     release.not_automatic, release.but_automatic_upgrades};
}

bool pattern_matches(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool release_matches(std::string_view wanted, const ReleaseFacts& release) {
  wanted = trim(wanted);
  if (wanted == "*") return true;
  if (wanted.empty()) return false;
  if (wanted.find('=') == std::string_view::npos) {
    const std::string pattern(wanted);
    if (wanted.front() >= '0' && wanted.front() <= '9') return pattern_matches(pattern, release.version);
    return pattern_matches(pattern, release.suite) || pattern_matches(pattern, release.codename);
  }
  for (const auto piece : split(wanted, ',')) {
    const auto item = trim(piece);
    if (item.empty()) continue;
    const std::string* field = item.size() > 1 && item[1] == '=' ? field_of(release, item[0]) : nullptr;
    if (field == nullptr || !pattern_matches(std::string(trim(item.substr(2))), *field)) return false;
  }
  return true;
}

std::string release_fault(std::string_view wanted) {
  wanted = trim(wanted);
  if (wanted.empty()) return "it is empty";
  if (wanted.find('=') == std::string_view::npos) {
    return wanted.find_first_of(" \t,") == std::string_view::npos ? "" : "it is no single suite or codename";
  }
  for (const auto piece : split(wanted, ',')) {
    const auto item = trim(piece);
    if (item.size() < 3 || item[1] != '=' || field_of({}, item[0]) == nullptr)
      return "\"" + std::string(item) + "\" is none of o=, l=, a=, n=, v=, c=";
  }
  return {};
}

int priority_of(const std::vector<Pin>& pins, const std::string& package, const std::string& version,
                const std::vector<const ReleaseFacts*>& releases) {
  for (const Pin& pin : pins) {
    if (pin.is_general() || !names(pin, package)) continue;
    if (std::any_of(releases.begin(), releases.end(),
                    [&](const auto* release) { return fits(pin, version, *release); }))
      return pin.priority;
  }
  int best = std::numeric_limits<int>::min();
  for (const ReleaseFacts* release : releases) {
    const auto pin = std::find_if(pins.begin(), pins.end(), [&](const Pin& candidate) {
      return candidate.is_general() && fits(candidate, version, *release);
    });
    best = std::max(best, pin == pins.end() ? release->default_priority() : pin->priority);
  }
  return best;
}

}  // namespace mlrepro::deb
