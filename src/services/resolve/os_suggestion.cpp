#include "services/resolve/os_suggestion.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.hpp"

namespace mlrepro {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds most_for_chains{1000};
constexpr std::chrono::milliseconds most_for_changes{2000};
constexpr std::size_t most_wishes = 12;  // of a problem, that are tried one by one
constexpr std::size_t most_found = 2;
constexpr const char* leaving_out = "leaving out ";

bool is_wish(const DebianStep& step) {
  return step.kind == DebianStep::Kind::wish;
}

bool is_missing(const std::vector<DebianStep>& problem) {
  return problem.size() == 1 && is_wish(problem.front()) && problem.front().to.empty();
}

std::string version_of(const DebianChoice& choice, const std::string& name) {
  for (const auto& package : choice.packages) {
    if (package.name == name) return package.name + " " + package.version;
  }
  return "";
}

}  // namespace

OsTrials::OsTrials(DebianPool& pool, const DebianSolveRequest& task, const std::vector<OsWish>& wishes)
    : pool_(pool), task_(task), wishes_(wishes) {}

DebianSolveRequest OsTrials::with_wishes(const std::vector<std::size_t>& chosen) const {
  DebianSolveRequest task = task_;
  task.wishes.clear();
  for (const std::size_t at : chosen)
    task.wishes.push_back(task_.wishes[at]);
  return task;
}

std::vector<std::size_t> OsTrials::involved(const std::vector<DebianStep>& problem) const {
  std::set<std::size_t> wishes;
  for (const auto& step : problem) {
    if (is_wish(step)) wishes.insert(step.wish);
  }
  return {wishes.begin(), wishes.end()};
}

DebianFailure OsTrials::minimal(const DebianFailure& failure) {
  const auto end = Clock::now() + most_for_chains;
  DebianFailure result;
  for (const auto& problem : failure.problems) {
    auto wishes = involved(problem);
    result.problems.push_back(problem);
    if (is_missing(problem) || wishes.empty() || wishes.size() > most_wishes) continue;
    // What fails with these wishes alone, in their own numbers.
    std::optional<DebianFailure> told;
    const auto fails = [&](const std::vector<std::size_t>& fewer) {
      auto solved = pool_.solve(with_wishes(fewer));
      auto* failed = std::get_if<DebianFailure>(&solved);
      if (failed == nullptr || failed->problems.size() != 1) return false;
      told = std::move(*failed);
      return true;
    };
    if (Clock::now() > end || !fails(wishes)) continue;
    for (std::size_t i = 0; i < wishes.size() && wishes.size() > 1 && Clock::now() < end;) {
      std::vector<std::size_t> fewer = wishes;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (fails(fewer)) {
        wishes = std::move(fewer);
      } else {
        ++i;
      }
    }
    for (auto& step : told->problems.front()) {
      if (is_wish(step)) step.wish = wishes[step.wish];
    }
    result.problems.back() = std::move(told->problems.front());
  }
  return result;
}

// The wish by another name, or without what it says of versions and suites; the wish gone.
void OsTrials::change_wish(std::size_t wish, const DebianSolveRequest& base,
                           std::vector<Change>& into) const {
  const DebianWish& wanted = task_.wishes[wish];
  const auto at = std::find(base.wishes.begin(), base.wishes.end(), wanted);
  if (at == base.wishes.end() || wanted.size() != 1) return;
  const auto put = [&](const DebianTerm& term, const std::string& text) {
    Change change{base, "\"" + text + "\" instead of \"" + wishes_[wish].text + "\"", term.name};
    change.task.wishes[static_cast<std::size_t>(at - base.wishes.begin())] = {term};
    into.push_back(std::move(change));
  };
  const DebianTerm& term = wanted.front();
  if (pool_.versions(term.name).empty() && pool_.providers(term.name).empty()) {
    if (const auto near = nearest(term.name, pool_.names())) put({*near, "", "", term.release}, *near);
    return;
  }
  if (!term.release.empty() && !term.relation.empty())
    put({term.name, term.relation, term.version, ""},
        term.name + " (" + term.relation + " " + term.version + ")");
  if (!term.release.empty() || !term.relation.empty()) put({term.name, "", "", ""}, term.name);
}

void OsTrials::lift(const DebianLabel& barred, const DebianSolveRequest& base,
                    std::vector<Change>& into) const {
  Change change{base, "", barred.name};
  if (std::erase(change.task.excluded, barred.name) > 0) {
    change.words = "taking " + barred.name + " out of os.exclude";
  } else {
    const auto names_it = [&](const deb::Pin& pin) {
      return pin.priority < 0 &&
             std::any_of(pin.packages.begin(), pin.packages.end(),
                         [&](const auto& pattern) { return deb::pattern_matches(pattern, barred.name); });
    };
    if (std::erase_if(change.task.pins, names_it) == 0) return;
    change.words = "a pin of " + barred.name + " that does not forbid it";
  }
  into.push_back(std::move(change));
}

std::vector<OsTrials::Change> OsTrials::changes(const std::vector<DebianStep>& problem,
                                                const DebianSolveRequest& base) const {
  std::vector<Change> list;
  std::set<std::string> lifted;
  for (const auto& step : problem) {
    for (const auto& label : step.barred) {
      if (lifted.insert(label.name).second) lift(label, base, list);
    }
  }
  auto wishes = involved(problem);
  std::sort(wishes.begin(), wishes.end(),
            [&](std::size_t a, std::size_t b) { return wishes_[a].text < wishes_[b].text; });
  for (const std::size_t wish : wishes)
    change_wish(wish, base, list);
  for (const std::size_t wish : wishes) {
    Change change{base, leaving_out + ("\"" + wishes_[wish].text + "\""), ""};
    std::erase(change.task.wishes, task_.wishes[wish]);
    list.push_back(std::move(change));
  }
  return list;
}

void OsTrials::suggest(Conflict& conflict, const DebianFailure& failure) {
  const auto end = Clock::now() + most_for_changes;
  for (std::size_t i = 0; i < failure.problems.size() && i < conflict.conflicts.size(); ++i) {
    const auto mine = involved(failure.problems[i]);
    std::set<std::size_t> others;
    for (const auto& problem : failure.problems) {
      for (const std::size_t wish : involved(problem)) {
        if (std::find(mine.begin(), mine.end(), wish) == mine.end()) others.insert(wish);
      }
    }
    std::vector<std::size_t> kept;
    for (std::size_t wish = 0; wish < wishes_.size(); ++wish) {
      if (!others.contains(wish)) kept.push_back(wish);
    }
    std::vector<std::string> found;
    for (const auto& change : changes(failure.problems[i], with_wishes(kept))) {
      if (found.size() == most_found || Clock::now() > end) break;
      // To do without something is no answer beside one that keeps it.
      if (change.name.empty() && !found.empty() && !found.front().starts_with(leaving_out)) break;
      const auto solved = pool_.solve(change.task);
      const auto* choice = std::get_if<DebianChoice>(&solved);
      if (choice == nullptr) continue;
      const std::string gives = change.name.empty() ? "" : version_of(*choice, change.name);
      found.push_back(change.words + (found.empty() ? " lets it resolve" : "") +
                      (gives.empty() ? "" : ": " + gives));
    }
    if (found.empty()) continue;
    std::string& told = conflict.conflicts[i].suggestion;
    // What is there is worth a word where nothing but less was found.
    const bool only_less = found.front().starts_with(leaving_out);
    const std::string there = only_less && told.find(" has ") != std::string::npos ? told : "";
    told = join(found, "; so does ") + (there.empty() ? "" : ". " + there + " (not tried)");
  }
}

}  // namespace mlrepro
