#include "adapters/solv/debian_explain.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace mlrepro::solv {
namespace {

constexpr std::size_t most_labels = 8;

std::vector<DebianLabel> labels(const Archive& archive, std::span<const Id> packages) {
  std::vector<DebianLabel> list;
  for (const Id id : packages)
    list.push_back(archive.label(id));
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  if (list.size() > most_labels) list.resize(most_labels);
  return list;
}

void add_step(const Archive& archive, Solver& solver, const std::vector<Root>& roots, Id rule,
              std::vector<DebianStep>& steps) {
  Id source = 0;
  Id target = 0;
  Id dependency = 0;
  DebianStep step;
  switch (solver_ruleinfo(&solver, rule, &source, &target, &dependency)) {
    case SOLVER_RULE_PKG_REQUIRES:
    case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP:
      step.kind = DebianStep::Kind::needs;
      step.to = labels(archive, archive.providers(dependency));
      break;
    case SOLVER_RULE_PKG_CONFLICTS:
    case SOLVER_RULE_PKG_SELF_CONFLICT:
      step.kind = DebianStep::Kind::conflicts;
      step.to = {archive.label(target != 0 ? target : source)};
      break;
    case SOLVER_RULE_PKG_SAME_NAME:
      step.kind = DebianStep::Kind::same_name;
      step.to = {archive.label(target)};
      break;
    case SOLVER_RULE_PKG_NOT_INSTALLABLE: step.kind = DebianStep::Kind::uninstallable; break;
    case SOLVER_RULE_JOB: {
      const int at = solver_rule2jobidx(&solver, rule);  // 1 + the index into the queue of pairs
      const auto index = static_cast<std::size_t>(at - 1) / 2;
      if (at <= 0 || index >= roots.size()) return;
      const Root& root = roots[index];
      step.kind = root.wishes.empty() ? DebianStep::Kind::base : DebianStep::Kind::wish;
      step.wish = root.wishes.empty() ? 0 : root.wishes.front();
      step.to = labels(archive, root.targets);
      steps.push_back(std::move(step));
      return;
    }
    default: return;
  }
  step.from = archive.label(source);
  if (dependency != 0) step.relation = archive.text(dependency);
  steps.push_back(std::move(step));
}

}  // namespace

DebianFailure explain(const Archive& archive, Solver& solver, const std::vector<Root>& roots) {
  DebianFailure failure;
  for (Id problem = 0; (problem = solver_next_problem(&solver, problem)) != 0;) {
    IdQueue rules;
    solver_findallproblemrules(&solver, problem, rules.get());
    std::vector<DebianStep> steps;
    for (const Id rule : rules)
      add_step(archive, solver, roots, rule, steps);
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    failure.problems.push_back(std::move(steps));
  }
  return failure;
}

}  // namespace mlrepro::solv
