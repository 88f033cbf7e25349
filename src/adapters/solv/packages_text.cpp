#include "adapters/solv/packages_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/text.hpp"

namespace mlrepro {
namespace {

// Field names do not care about case (Debian policy 5.1). The order is that of writing: libsolv wants Package
// first. Replaces is left out on purpose: libsolv would let it decide, dpkg only lets files move by it. So
// are Suggests and Enhances, which would pull alternatives about.
constexpr std::array<std::string_view, 12> kept = {"package",     "version",  "architecture", "multi-arch",
                                                   "pre-depends", "depends",  "recommends",   "conflicts",
                                                   "breaks",      "provides", "filename",     "sha256"};

enum : std::size_t { package_field, version_field, architecture_field, breaks_field = 8 };

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

std::optional<std::size_t> kept_index(std::string_view name) {
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (equal_ignoring_case(name, kept[i])) return i;
  }
  return std::nullopt;
}

class Stanza {
 public:
  // A line of a field, or the continuation of the one before.
  void line(std::string_view text) {
    if (text.front() == ' ' || text.front() == '\t') {
      if (open_) values_[*open_].append(" ").append(trim(text));
      return;
    }
    open_.reset();
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return;
    const auto name = text.substr(0, colon);
    const auto value = trim(text.substr(colon + 1));
    if (const auto index = kept_index(name)) {
      values_[*index] = value;
      open_ = index;
    } else if (equal_ignoring_case(name, "size")) {
      facts_.size = parse_number(value).value_or(0);
    } else if (equal_ignoring_case(name, "priority")) {
      facts_.priority = to_lower(value);
    } else if (equal_ignoring_case(name, "essential")) {
      facts_.essential = equal_ignoring_case(value, "yes");
    }
  }

  void end(std::string_view architecture, PackagesText& out) {
    const auto& own = values_[architecture_field];
    if (!values_[package_field].empty() && !values_[version_field].empty() &&
        (own == architecture || own == "all") && !absurd()) {
      for (std::size_t i = 0; i < kept.size(); ++i) {
        if (values_[i].empty()) continue;
        // A byte 0 would end libsolv's string in the middle.
        std::replace(values_[i].begin(), values_[i].end(), '\0', ' ');
        out.control.append(kept[i]).append(": ").append(values_[i]).append("\n");
      }
      out.control += '\n';
      facts_.breaks = values_[breaks_field];
      out.facts.push_back(std::move(facts_));
    }
    for (auto& value : values_)
      value.clear();
    facts_ = {};
    open_.reset();
  }

 private:
  // libsolv reads alternatives by recursion: the stack must not depend on what a file says. Debian's longest
  // has 40.
  [[nodiscard]] bool absurd() const {
    return std::any_of(values_.begin(), values_.end(), [](const std::string& value) {
      return std::count(value.begin(), value.end(), '|') > 1000;
    });
  }

  std::array<std::string, kept.size()> values_;
  PackagesText::Facts facts_;
  std::optional<std::size_t> open_;
};

}  // namespace

PackagesText condense_packages(std::string_view text, std::string_view architecture) {
  PackagesText out;
  Stanza stanza;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (trim(line).empty()) {
      stanza.end(architecture, out);
    } else {
      stanza.line(line);
    }
  }
  stanza.end(architecture, out);
  return out;
}

}  // namespace mlrepro
