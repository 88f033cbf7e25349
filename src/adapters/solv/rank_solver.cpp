#include "adapters/solv/rank_solver.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "adapters/solv/solv_handle.hpp"
#include "base/error.hpp"
#include "base/sorted.hpp"

extern "C" {}

namespace mlrepro {
namespace {

using solv::IdQueue;
using solv::PoolHandle;
using solv::SolverHandle;

}  // namespace

std::string solver_version() {
  return loaded_solv_version();
}

// Every distinct requirement is one id, provided by exactly the candidates that meet it; an impossible one is
// provided by nobody, which libsolv reports instead of passing over.
class RankSolver::Translation {
 public:
  explicit Translation(const RankProblem& problem)
      : problem_(problem), pool_(solv::new_pool()), jobs_(problem.jobs) {
    pool_setdisttype(pool_.get(), DISTTYPE_RPM);
    pool_setarch(pool_.get(), nullptr);
    check();
    std::vector<std::vector<Id>> needed(problem_.candidates.size());
    std::vector<std::vector<Id>> provided(problem_.candidates.size());
    for (std::size_t i = 0; i < problem_.candidates.size(); ++i) {
      const auto& wanted = problem_.candidates[i].requires_;
      for (std::size_t r = 0; r < wanted.size(); ++r) {
        const Id dependency = dependency_of(wanted[r]);
        if (links_.emplace(std::pair(static_cast<int>(i), dependency), static_cast<int>(r)).second)
          needed[i].push_back(dependency);
      }
    }
    for (const auto& job : problem_.jobs)
      job_ids_.emplace_back(SOLVER_SOLVABLE_PROVIDES, dependency_of(job));
    for (const auto& [requirement, id] : dependencies_) {
      for (const int candidate : requirement.second)
        provided[static_cast<std::size_t>(candidate)].push_back(id);
    }
    add_solvables(needed, provided);
    pool_createwhatprovides(pool_.get());
  }

  void require(const RankRequirement& job) {
    check_requirement(job);
    IdQueue any;
    for (const int candidate : sorted_unique(job.candidates))
      any.push(id_of(candidate));
    job_ids_.emplace_back(SOLVER_SOLVABLE_ONE_OF, pool_queuetowhatprovides(pool_.get(), any.get()));
    jobs_.push_back(job);
  }

  void forget_last() {
    job_ids_.pop_back();
    jobs_.pop_back();
  }

  [[nodiscard]] std::variant<RankChoice, RankFailure> solve() {
    const SolverHandle solver(solver_create(pool_.get()));
    if (const auto choice = choose(*solver)) return *choice;
    return explain(*solver);
  }

  [[nodiscard]] std::optional<RankChoice> attempt() {
    const SolverHandle solver(solver_create(pool_.get()));
    return choose(*solver);
  }

 private:
  using Key = std::pair<int, std::vector<int>>;

  [[nodiscard]] std::optional<RankChoice> choose(Solver& solver) {
    IdQueue jobs;
    for (const auto& [kind, id] : job_ids_)
      jobs.push(SOLVER_INSTALL | kind, id);
    solver_set_flag(&solver, SOLVER_FLAG_IGNORE_RECOMMENDED, 1);
    if (solver_solve(&solver, jobs.get()) != 0) return std::nullopt;
    std::vector<char> chosen(problem_.candidates.size(), 0);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      chosen[i] = solver_get_decisionlevel(&solver, id_of(static_cast<int>(i))) > 0 ? 1 : 0;
    }
    return reachable(chosen);
  }

  void check_requirement(const RankRequirement& requirement) const {
    for (const int candidate : requirement.candidates) {
      if (candidate < 0 || static_cast<std::size_t>(candidate) >= problem_.candidates.size()) {
        throw Error(ErrorKind::internal, "bad-candidate",
                    "a requirement names candidate " + std::to_string(candidate) + ", which does not exist");
      }
    }
  }

  void check() const {
    for (const auto& candidate : problem_.candidates) {
      for (const auto& requirement : candidate.requires_)
        check_requirement(requirement);
    }
    for (const auto& job : problem_.jobs)
      check_requirement(job);
  }

  // Each array is written in one piece: libsolv copies one that grows after another began.
  void add_solvables(const std::vector<std::vector<Id>>& needed,
                     const std::vector<std::vector<Id>>& provided) {
    Pool* pool = pool_.get();
    Repo* repo = repo_create(pool, "candidates");
    first_ = repo_add_solvable_block(repo, static_cast<int>(problem_.candidates.size()));
    long long lowest = 0;
    for (const auto& candidate : problem_.candidates)
      lowest = std::min<long long>(lowest, candidate.rank);
    for (std::size_t i = 0; i < problem_.candidates.size(); ++i) {
      const auto& candidate = problem_.candidates[i];
      Solvable* s = solvable(static_cast<int>(i));
      s->name = pool_str2id(pool, ("n" + std::to_string(candidate.name)).c_str(), 1);
      s->evr = pool_str2id(pool, std::to_string(candidate.rank - lowest).c_str(), 1);
      s->arch = ARCH_NOARCH;
      // libsolv finds candidates of the same name through what they provide.
      set_array(s, SOLVABLE_PROVIDES, provided[i], pool_rel2id(pool, s->name, s->evr, REL_EQ, 1));
      set_array(s, SOLVABLE_REQUIRES, needed[i], 0);
    }
  }

  static void set_array(Solvable* s, Id kind, const std::vector<Id>& ids, Id first) {
    IdQueue queue;
    if (first != 0) queue.push(first);
    for (const Id id : ids)
      queue.push(id);
    solvable_set_deparray(s, kind, queue.get(), 0);
  }

  Id dependency_of(const RankRequirement& requirement) {
    std::vector<int> sorted = requirement.candidates;
    sort_unique(sorted);
    const auto [entry, added] = dependencies_.try_emplace(Key(requirement.name, std::move(sorted)), 0);
    if (added)
      entry->second = pool_str2id(pool_.get(), ("r" + std::to_string(dependencies_.size())).c_str(), 1);
    return entry->second;
  }

  [[nodiscard]] Id id_of(int candidate) const { return first_ + candidate; }
  [[nodiscard]] int candidate_of(Id id) const { return id - first_; }
  [[nodiscard]] Solvable* solvable(int candidate) { return pool_id2solvable(pool_.get(), id_of(candidate)); }

  // A learned rule may have set a candidate that backtracking left without a use.
  [[nodiscard]] RankChoice reachable(const std::vector<char>& chosen) const {
    std::vector<char> seen(chosen.size(), 0);
    std::vector<int> open;
    const auto follow = [&](const RankRequirement& requirement) {
      for (const int candidate : requirement.candidates) {
        const auto index = static_cast<std::size_t>(candidate);
        if (chosen[index] == 0 || seen[index] != 0) continue;
        seen[index] = 1;
        open.push_back(candidate);
      }
    };
    for (const auto& job : jobs_)
      follow(job);
    while (!open.empty()) {
      const int next = open.back();
      open.pop_back();
      for (const auto& requirement : problem_.candidates[static_cast<std::size_t>(next)].requires_)
        follow(requirement);
    }
    RankChoice choice;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] != 0) choice.candidates.push_back(static_cast<int>(i));
    }
    return choice;
  }

  void add_rule(Solver& solver, Id rule, RankClash& clash) const {
    Id source = 0;
    Id target = 0;
    Id dependency = 0;
    const auto kind = solver_ruleinfo(&solver, rule, &source, &target, &dependency);
    switch (kind) {
      case SOLVER_RULE_PKG_REQUIRES:
      case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP: {
        const auto link = links_.find(std::pair(candidate_of(source), dependency));
        if (link != links_.end()) {
          clash.links.push_back(
              {link->first.first, link->second, kind == SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP});
        }
        break;
      }
      case SOLVER_RULE_PKG_SAME_NAME: {
        const int one = candidate_of(source);
        const int other = candidate_of(target);
        clash.same_names.push_back({std::min(one, other), std::max(one, other)});
        break;
      }
      case SOLVER_RULE_JOB:
      case SOLVER_RULE_JOB_NOTHING_PROVIDES_DEP:
      case SOLVER_RULE_JOB_UNKNOWN_PACKAGE: {
        const int at = solver_rule2jobidx(&solver, rule);  // 1 + the index into the queue of pairs
        if (at > 0) {
          const auto job = static_cast<std::size_t>((at - 1) / 2);
          clash.links.push_back({-1, static_cast<int>(job), jobs_[job].candidates.empty()});
        }
        break;
      }
      default: break;
    }
  }

  [[nodiscard]] RankFailure explain(Solver& solver) const {
    RankFailure failure;
    for (Id problem = 0; (problem = solver_next_problem(&solver, problem)) != 0;) {
      RankClash clash;
      IdQueue rules;
      solver_findallproblemrules(&solver, problem, rules.get());
      for (const Id rule : rules)
        add_rule(solver, rule, clash);
      sort_unique(clash.links);
      sort_unique(clash.same_names);
      failure.clashes.push_back(std::move(clash));
    }
    return failure;
  }

  const RankProblem& problem_;
  PoolHandle pool_;
  Id first_ = 0;
  std::map<Key, Id> dependencies_;
  std::map<std::pair<int, Id>, int> links_;  // (candidate, dependency) -> index into requires_
  std::vector<RankRequirement> jobs_;
  std::vector<std::pair<Id, Id>> job_ids_;  // how libsolv selects what meets it, and by what
};

RankSolver::RankSolver(const RankProblem& problem) : translation_(std::make_unique<Translation>(problem)) {}
RankSolver::RankSolver(RankSolver&&) noexcept = default;
RankSolver& RankSolver::operator=(RankSolver&&) noexcept = default;
RankSolver::~RankSolver() = default;

std::variant<RankChoice, RankFailure> RankSolver::solve() {
  return translation_->solve();
}

std::optional<RankChoice> RankSolver::attempt(const RankRequirement& more) {
  translation_->require(more);
  auto choice = translation_->attempt();
  translation_->forget_last();
  return choice;
}

void RankSolver::require(const RankRequirement& job) {
  translation_->require(job);
}

std::variant<RankChoice, RankFailure> solve_ranks(const RankProblem& problem) {
  return RankSolver(problem).solve();
}

}  // namespace mlrepro
