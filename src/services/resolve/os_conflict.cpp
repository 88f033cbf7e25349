#include "services/resolve/os_conflict.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_providers = 12;

using Kind = DebianStep::Kind;

std::string words(const DebianLabel& label) {
  return label.name + " " + label.version;
}

std::string words(const std::vector<DebianLabel>& labels) {
  std::string text;
  for (const auto& label : labels)
    text += (text.empty() ? "" : " or ") + words(label);
  return text;
}

// How a step ends that only excluded or forbidden packages would meet.
std::string but_barred(const std::vector<DebianLabel>& barred) {
  return "only " + words(barred) + ", which os.exclude or a pin forbids";
}

// One problem as a graph: wishes and the base set at the start, needs as edges, at the end what cannot be.
class Story {
 public:
  Story(const std::vector<DebianStep>& steps, const std::vector<OsWish>& wishes, const std::string& archive,
        bool base_image)
      : steps_(steps),
        wishes_(wishes),
        archive_(archive),
        base_(base_image ? "the base image" : "the base set") {
    reach();
  }

  [[nodiscard]] ConflictEntry tell() const {
    ConflictEntry entry;
    const DebianStep* end = ending();
    std::set<const DebianStep*> told;
    if (end != nullptr) {
      path_to(end->from, entry.chain, told);
      if (end->kind == Kind::same_name || end->kind == Kind::conflicts) {
        for (const auto& other : end->to)
          path_to(other, entry.chain, told);
      }
      if (end->kind != Kind::same_name) entry.chain.push_back(link(*end));
    }
    if (end == nullptr || entry.chain.empty()) {
      for (const auto& step : steps_)
        entry.chain.push_back(link(step));
    }
    entry.message = message(end);
    return entry;
  }

  [[nodiscard]] const DebianStep* ending() const {
    for (const Kind kind : {Kind::needs, Kind::uninstallable, Kind::conflicts, Kind::same_name}) {
      for (const auto& step : steps_) {
        if (step.kind == kind && (kind != Kind::needs || step.to.empty()) && reached(step)) return &step;
      }
    }
    return nullptr;
  }

 private:
  // The step that first leads to each package, breadth first from the manifest, so that chains are short.
  void reach() {
    std::vector<const DebianStep*> open;
    for (const auto& step : steps_) {
      if (step.kind == Kind::wish || step.kind == Kind::base) open.push_back(&step);
    }
    for (std::size_t i = 0; i < open.size(); ++i) {
      for (const auto& label : open[i]->to) {
        if (!from_.emplace(label, open[i]).second) continue;
        for (const auto& step : steps_) {
          if (step.kind == Kind::needs && step.from == label && !step.to.empty()) open.push_back(&step);
        }
      }
    }
  }

  [[nodiscard]] bool reached(const DebianStep& step) const {
    return from_.contains(step.from) &&
           (step.kind == Kind::needs || step.kind == Kind::uninstallable || from_.contains(step.to.front()));
  }

  void path_to(const DebianLabel& label, std::vector<ConflictLink>& chain,
               std::set<const DebianStep*>& told) const {
    std::vector<const DebianStep*> path;
    for (auto at = from_.find(label); at != from_.end(); at = from_.find(at->second->from)) {
      path.push_back(at->second);
      if (at->second->kind != Kind::needs || path.size() > steps_.size()) break;
    }
    for (auto step = path.rbegin(); step != path.rend(); ++step) {
      if (told.insert(*step).second) chain.push_back(link(**step));
    }
  }

  [[nodiscard]] ConflictLink link(const DebianStep& step) const {
    const std::string nobody = step.barred.empty() ? "no package in " + archive_ : but_barred(step.barred);
    switch (step.kind) {
      case Kind::wish: return {"mlrepro.toml", wishes_[step.wish].text, words(step.to)};
      case Kind::base: return {base_, step.to.empty() ? "" : step.to.front().name, words(step.to)};
      case Kind::needs: return {words(step.from), step.relation, step.to.empty() ? nobody : words(step.to)};
      case Kind::conflicts: return {words(step.from), "the absence of " + step.relation, words(step.to)};
      case Kind::same_name: return {words(step.from), "the absence of other versions", words(step.to)};
      case Kind::uninstallable: return {words(step.from), "another architecture", nobody};
    }
    return {};
  }

  [[nodiscard]] std::string message(const DebianStep* end) const {
    if (end == nullptr) return "the packages asked for cannot be installed together";
    switch (end->kind) {
      case Kind::needs:
        if (!end->barred.empty())
          return words(end->from) + " needs " + end->relation + ", and there is " + but_barred(end->barred);
        return words(end->from) + " needs " + end->relation + ", which nothing in " + archive_ + " provides";
      case Kind::conflicts:
        return words(end->from) + " and " + words(end->to) + " cannot be installed together: the first " +
               (end->breaks ? "breaks " : "conflicts with ") + end->relation;
      case Kind::same_name:
        return words(end->from) + " and " + words(end->to) +
               " are both asked for, and only one can be installed";
      default: return words(end->from) + " cannot be installed on this architecture";
    }
  }

  const std::vector<DebianStep>& steps_;
  const std::vector<OsWish>& wishes_;
  const std::string& archive_;
  std::string base_;
  std::map<DebianLabel, const DebianStep*> from_;
};

// The term's version and suite in words: " (>= 2) from bookworm-backports".
std::string bounds(const DebianTerm& term) {
  return (term.relation.empty() ? "" : " (" + term.relation + " " + term.version + ")") +
         (term.release.empty() ? "" : " from " + term.release);
}

ConflictEntry barred(const OsWish& wish, const std::vector<DebianLabel>& found) {
  return {"\"" + wish.text + "\" is asked for, but os.exclude or a pin forbids " + words(found),
          {{"mlrepro.toml", wish.text, but_barred(found)}},
          "leave out \"" + wish.text + "\" from os.packages, or what forbids it"};
}

// A wish that nothing meets: an unknown name, or a version that is not there.
ConflictEntry missing(const OsWish& wish, const DebianPool& pool, const std::string& archive) {
  ConflictEntry entry;
  for (const auto& term : wish.alternatives) {
    const auto versions = pool.versions(term.name);
    ConflictLink link = {"mlrepro.toml", wish.text, ""};
    if (versions.empty()) {
      if (entry.message.empty()) entry.message = "no package \"" + term.name + "\" in " + archive;
      link.to = "no package " + term.name;
      if (const auto near = nearest(term.name, pool.names()); near && entry.suggestion.empty())
        entry.suggestion = "did you mean \"" + *near + "\"?";
    } else {
      entry.message = "no " + term.name + bounds(term) + " in " + archive;
      link.to = term.name + " " + join(versions, ", ");
      entry.suggestion = archive + " has " + term.name + " " + join(versions, ", ") +
                         (term.release.empty() ? ": ask for one of these, or leave the version out"
                                               : ": name the suite under os.suites, or ask for one of these");
    }
    entry.chain.push_back(std::move(link));
  }
  return entry;
}

// The nearest change: another version of what is missing, or one of two wishes less.
std::string suggestion(const std::vector<DebianStep>& steps, const DebianStep* end,
                       const std::vector<OsWish>& wishes, const DebianPool& pool,
                       const std::string& archive) {
  std::set<std::string> asked;
  for (const auto& step : steps) {
    if (step.kind == Kind::wish) asked.insert("\"" + wishes[step.wish].text + "\"");
  }
  if (end != nullptr && end->kind == Kind::needs && !end->barred.empty())
    return "take " + end->barred.front().name + " out of os.exclude and the pins, or " + end->from.name +
           " out of os.packages";
  if (end != nullptr && end->kind == Kind::needs) {
    const std::string name = end->relation.substr(0, end->relation.find(' '));
    const auto versions = pool.versions(name);
    if (!versions.empty()) {
      return archive + " has " + name + " " + join(versions, ", ") +
             "; another suite or a further [[os.index]] may have what " + end->from.name + " needs";
    }
  }
  if (asked.empty()) return {};
  std::string list;
  for (const auto& wish : asked)
    list += (list.empty() ? "" : " or ") + wish;
  return "leave out " + list + " from os.packages, or ask for another version";
}

}  // namespace

Conflict os_conflict(const DebianFailure& failure, const std::vector<OsWish>& wishes, const DebianPool& pool,
                     const std::string& archive, bool base_image) {
  Conflict conflict;
  for (const auto& steps : failure.problems) {
    const bool one_wish = steps.size() == 1 && steps.front().kind == Kind::wish && steps.front().to.empty();
    if (one_wish) {
      const auto& step = steps.front();
      conflict.conflicts.push_back(step.barred.empty() ? missing(wishes[step.wish], pool, archive)
                                                       : barred(wishes[step.wish], step.barred));
      continue;
    }
    const Story story(steps, wishes, archive, base_image);
    ConflictEntry entry = story.tell();
    entry.suggestion = suggestion(steps, story.ending(), wishes, pool, archive);
    conflict.conflicts.push_back(std::move(entry));
  }
  return conflict;
}

std::optional<ConflictEntry> ambiguous(const OsWish& wish, const DebianPool& pool,
                                       const std::string& archive) {
  if (wish.alternatives.size() != 1) return std::nullopt;
  const std::string& name = wish.alternatives.front().name;
  if (!pool.versions(name).empty()) return std::nullopt;
  auto providers = pool.providers(name);
  if (providers.size() < 2) return std::nullopt;
  const std::string rest = providers.size() > most_providers ? ", ..." : "";
  if (!rest.empty()) providers.resize(most_providers);
  return ConflictEntry{
      "\"" + name + "\" is no package of its own in " + archive + ": several packages provide it",
      {{"mlrepro.toml", wish.text, join(providers, " or ") + (rest.empty() ? "" : " or others")}},
      "name one of them in os.packages: " + join(providers, ", ") + rest};
}

ConflictEntry foreign_architecture(const OsWish& wish, const std::string& architecture) {
  return {"\"" + wish.text + "\" asks for architecture " + wish.foreign + ", but the image is for " +
              architecture,
          {{"mlrepro.toml", wish.text, "no package for " + wish.foreign}},
          "leave out \":" + wish.foreign + "\""};
}

}  // namespace mlrepro
