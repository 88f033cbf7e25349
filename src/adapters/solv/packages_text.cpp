#include "adapters/solv/packages_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"

namespace mlrepro {
namespace {

// Field names do not care about case (Debian policy 5.1). The order is that of writing: libsolv wants Package
// first. Replaces is left out on purpose: libsolv would let it decide, dpkg only lets files move by it. So
// are Suggests and Enhances, which would pull alternatives about.
constexpr std::array<std::string_view, 12> kept = {"package",     "version",  "architecture", "multi-arch",
                                                   "pre-depends", "depends",  "recommends",   "conflicts",
                                                   "breaks",      "provides", "filename",     "sha256"};

enum : std::size_t {
  package_field,
  version_field,
  architecture_field,
  pre_depends_field = 4,
  depends_field = 5,
  recommends_field = 6,
  conflicts_field = 7,
  breaks_field = 8,
  provides_field = 9
};

// Read for the order in which names occur alone.
constexpr std::array<std::string_view, 3> other_relations = {"suggests", "replaces", "enhances"};

std::vector<std::string> groups_of(std::string_view relations) {
  std::vector<std::string> list;
  for (const auto piece : split(relations, ',')) {
    std::string group(piece);
    std::erase_if(group, [](char c) { return c == ' ' || c == '\t'; });
    if (!group.empty() && std::find(list.begin(), list.end(), group) == list.end())
      list.push_back(std::move(group));
  }
  return list;
}

// Numbers names by their first occurrence, as apt numbers the packages of its cache while it reads: of
// providers that are alike in all else apt takes the one with the greatest number.
class Mentions {
 public:
  explicit Mentions(std::string_view architecture) : own_(":" + std::string(architecture)) {}

  std::size_t number(std::string_view name, bool provided = false) {
    const auto found = numbers_.find(name);
    if (found == numbers_.end())
      return numbers_.emplace(name, Mention{numbers_.size(), provided}).first->second.number;
    found->second.only_provided = found->second.only_provided && provided;
    return found->second.number;
  }

  void relations(std::string_view value, bool provided = false) {
    std::size_t at = 0;
    while (at < value.size()) {
      at = value.find_first_not_of(" \t,|", at);
      if (at == std::string_view::npos) return;
      const auto end = std::min(value.find_first_of(" \t,|([<", at), value.size());
      auto name = value.substr(at, end - at);
      if (name.ends_with(own_)) name.remove_suffix(own_.size());
      if (name.find(':') == std::string_view::npos) number(name, provided);
      at = std::min(value.find_first_of(",|", end), value.size());
    }
  }

  [[nodiscard]] std::string others(const std::unordered_set<std::string_view>& packages) const {
    std::vector<std::pair<std::string_view, std::size_t>> list;
    for (const auto& [name, mention] : numbers_) {
      if (!mention.only_provided && !packages.contains(name)) list.emplace_back(name, mention.number);
    }
    std::sort(list.begin(), list.end());
    std::string text;
    for (const auto& [name, place] : list)
      text.append(name).append(" ").append(std::to_string(place)).append("\n");
    return text;
  }

  [[nodiscard]] const std::string& kept(std::string_view name) const { return numbers_.find(name)->first; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Mention {
    std::size_t number = 0;
    bool only_provided = false;  // nearly all of these are no package's in any file
  };
  std::string own_;
  std::unordered_map<std::string, Mention, Hash, std::equal_to<>> numbers_;
};

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
    } else if (equal_ignoring_case(name, "important") || equal_ignoring_case(name, "protected")) {
      facts_.important = facts_.important || equal_ignoring_case(value, "yes");
    } else {
      for (std::size_t i = 0; i < other_relations.size(); ++i) {
        if (equal_ignoring_case(name, other_relations[i])) others_[i] = value;
      }
    }
  }

  explicit Stanza(std::string_view architecture) : mentions_(architecture) {}

  void finish(PackagesText& out) { out.mentions = mentions_.others(packages_); }

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
      note_order();
      out.facts.push_back(std::move(facts_));
    }
    for (auto& value : values_)
      value.clear();
    for (auto& value : others_)
      value.clear();
    facts_ = {};
    open_.reset();
  }

 private:
  // In the order in which apt reads the fields.
  void note_order() {
    facts_.mention = mentions_.number(values_[package_field]);
    packages_.insert(mentions_.kept(values_[package_field]));
    for (const auto field :
         {pre_depends_field, depends_field, conflicts_field, breaks_field, recommends_field})
      mentions_.relations(values_[field]);
    for (const auto& value : others_)
      mentions_.relations(value);
    mentions_.relations(values_[provides_field], true);
    const auto& first = values_[pre_depends_field];
    const auto& second = values_[depends_field];
    facts_.needs_order = written_order(first.empty() ? second : first + "," + second);
    facts_.recommends_order = written_order(values_[recommends_field]);
  }

  // libsolv reads alternatives by recursion: the stack must not depend on what a file says. Debian's longest
  // has 40.
  [[nodiscard]] bool absurd() const {
    return std::any_of(values_.begin(), values_.end(), [](const std::string& value) {
      return std::count(value.begin(), value.end(), '|') > 1000;
    });
  }

  std::array<std::string, kept.size()> values_;
  std::array<std::string, other_relations.size()> others_;
  Mentions mentions_;
  std::unordered_set<std::string_view> packages_;  // views into mentions_, whose nodes stay where they are
  PackagesText::Facts facts_;
  std::optional<std::size_t> open_;
};

}  // namespace

std::vector<std::string> sorted_groups(std::string_view relations) {
  auto groups = groups_of(relations);
  std::sort(groups.begin(), groups.end());
  return groups;
}

std::string written_order(std::string_view relations) {
  if (relations.find(',') == std::string_view::npos) return {};
  const auto groups = groups_of(relations);
  if (std::is_sorted(groups.begin(), groups.end())) return {};
  std::vector<std::size_t> places(groups.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::sort(places.begin(), places.end(), [&](auto a, auto b) { return groups[a] < groups[b]; });
  std::string order;
  for (const auto place : places)
    order.append(order.empty() ? "" : ",").append(std::to_string(place));
  return order;
}

PackagesText condense_packages(std::string_view text, std::string_view architecture) {
  PackagesText out;
  Stanza stanza(architecture);
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
  stanza.finish(out);
  return out;
}

}  // namespace mlrepro
