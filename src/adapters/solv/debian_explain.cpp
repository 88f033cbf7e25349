#include "adapters/solv/debian_explain.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "adapters/solv/debian_repo.hpp"
#include "base/sorted.hpp"
#include "standards/deb/relation.hpp"

namespace mlrepro::solv {
namespace {

constexpr std::size_t most_labels = 8;

// A step with what orders it: the newest version of a package tells the story that its reader expects.
struct Told {
  DebianStep step;
  std::ptrdiff_t age = 0;     // of `from`: 0 is the newest
  std::ptrdiff_t to_age = 0;  // of the first in `to`
  auto operator<=>(const Told& other) const {
    const auto together = age + to_age;
    const auto other_together = other.age + other.to_age;
    return std::tie(step.kind, step.wish, together, step) <=>
           std::tie(other.step.kind, other.step.wish, other_together, other.step);
  }
  bool operator==(const Told& other) const { return step == other.step; }
};

std::ptrdiff_t age_of(const Archive& archive, Id package) {
  const auto versions = archive.versions_of(archive.at(package)->name);
  return std::find(versions.begin(), versions.end(), package) - versions.begin();
}

}  // namespace

std::vector<DebianLabel> labels(const Archive& archive, std::span<const Id> packages) {
  std::vector<std::pair<std::pair<std::string, std::ptrdiff_t>, Id>> sorted;
  for (const Id id : packages)
    sorted.push_back({{archive.name(id), age_of(archive, id)}, id});
  std::sort(sorted.begin(), sorted.end());
  std::vector<DebianLabel> list;
  for (const auto& [order, id] : sorted) {
    if (list.size() < most_labels && (list.empty() || list.back() != archive.label(id)))
      list.push_back(archive.label(id));
  }
  return list;
}

namespace {

bool is_in_breaks(const Archive& archive, Id package, const std::string& relation) {
  const auto groups = deb::try_parse_relations(breaks_of(archive.at(package)));
  return groups && std::any_of(groups->begin(), groups->end(),
                               [&](const auto& group) { return deb::to_string(group) == relation; });
}

void add_step(const Archive& archive, Solver& solver, const std::vector<Root>& roots, Id rule,
              std::vector<Told>& steps) {
  Id source = 0;
  Id target = 0;
  Id dependency = 0;
  Told told;
  DebianStep& step = told.step;
  switch (solver_ruleinfo(&solver, rule, &source, &target, &dependency)) {
    case SOLVER_RULE_PKG_REQUIRES:
    case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP: {
      step.kind = DebianStep::Kind::needs;
      std::vector<Id> seen;
      std::vector<Id> barred;
      for (const Id id : archive.providers(dependency))
        (archive.is_considered(id) ? seen : barred).push_back(id);
      step.to = labels(archive, seen);
      if (seen.empty()) step.barred = labels(archive, barred);
      break;
    }
    case SOLVER_RULE_PKG_CONFLICTS: step.kind = DebianStep::Kind::conflicts; break;
    case SOLVER_RULE_PKG_SELF_CONFLICT:
      step.kind = DebianStep::Kind::conflicts;
      target = source;
      break;
    case SOLVER_RULE_PKG_SAME_NAME: step.kind = DebianStep::Kind::same_name; break;
    case SOLVER_RULE_PKG_NOT_INSTALLABLE: step.kind = DebianStep::Kind::uninstallable; break;
    case SOLVER_RULE_JOB: {
      const int at = solver_rule2jobidx(&solver, rule);  // 1 + the index into the queue of pairs
      const auto index = static_cast<std::size_t>(at - 1) / 2;
      if (at <= 0 || index >= roots.size()) return;
      const Root& root = roots[index];
      step.kind = root.wishes.empty() ? DebianStep::Kind::base : DebianStep::Kind::wish;
      step.wish = root.wishes.empty() ? 0 : root.wishes.front();
      step.to = labels(archive, root.targets);
      steps.push_back(std::move(told));
      return;
    }
    default: return;
  }
  step.from = archive.label(source);
  told.age = age_of(archive, source);
  if (target != 0) {
    step.to = {archive.label(target)};
    told.to_age = age_of(archive, target);
  }
  if (dependency != 0) step.relation = archive.text(dependency);
  if (step.kind == DebianStep::Kind::conflicts) step.breaks = is_in_breaks(archive, source, step.relation);
  steps.push_back(std::move(told));
}

}  // namespace

DebianFailure explain(const Archive& archive, Solver& solver, const std::vector<Root>& roots) {
  DebianFailure failure;
  for (Id problem = 0; (problem = solver_next_problem(&solver, problem)) != 0;) {
    IdQueue rules;
    solver_findallproblemrules(&solver, problem, rules.get());
    std::vector<Told> told;
    for (const Id rule : rules)
      add_step(archive, solver, roots, rule, told);
    sort_unique(told);
    auto& steps = failure.problems.emplace_back();
    for (auto& entry : told)
      steps.push_back(std::move(entry.step));
  }
  return failure;
}

}  // namespace mlrepro::solv
