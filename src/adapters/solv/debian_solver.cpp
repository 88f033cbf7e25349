#include "adapters/solv/debian_solver.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "adapters/solv/debian_archive.hpp"
#include "adapters/solv/debian_candidates.hpp"
#include "adapters/solv/debian_explain.hpp"
#include "adapters/solv/debian_guide.hpp"
#include "adapters/solv/debian_repo.hpp"
#include "base/sorted.hpp"

namespace mlrepro {
namespace {

constexpr int never = std::numeric_limits<int>::max();
// Above the priorities of backports (100) and experimental (1).
constexpr int least_automatic = 101;

using solv::Archive;
using solv::Guide;
using solv::IdQueue;
using solv::Root;
using solv::SolverHandle;

class Task {
 public:
  Task(Archive& archive, const DebianSolveRequest& request)
      : archive_(archive), request_(request), candidates_(archive, request) {}

  [[nodiscard]] std::variant<DebianChoice, DebianFailure> solve() {
    if (auto missing = collect_wishes()) return *missing;
    if (request_.first_is_installed) {
      collect_installed();
    } else {
      collect_base();
    }

    Guide guide(archive_, candidates_);
    for (const auto& root : roots_)
      guide.require(root.targets);
    guide.walk();

    archive_.consider(candidates_.with_priority(never));
    if (auto choice = prove(guide.chosen())) return *choice;
    if (auto choice = search(guide, nullptr)) return *choice;
    DebianFailure failure;
    auto all = candidates_.with_priority(1);
    auto automatic = candidates_.with_priority(least_automatic);
    if (automatic.size() != all.size()) {
      archive_.consider(automatic);
      if (auto choice = search(guide, nullptr)) return *choice;
    }
    archive_.consider(all);
    if (auto choice = search(guide, &failure)) return *choice;
    return failure;
  }

 private:
  // Roots in an order that the request's order has no part in. Wishes that nothing can meet end the task
  // here.
  std::optional<DebianFailure> collect_wishes() {
    std::map<DebianWish, std::vector<std::size_t>> sorted;
    for (std::size_t i = 0; i < request_.wishes.size(); ++i)
      sorted[request_.wishes[i]].push_back(i);
    DebianFailure missing;
    for (const auto& [wish, indexes] : sorted) {
      Root root;
      root.wishes = indexes;
      for (const auto& term : wish) {
        for (const Id id : archive_.targets(term)) {
          if (std::find(root.targets.begin(), root.targets.end(), id) == root.targets.end())
            root.targets.push_back(id);
        }
      }
      std::vector<Id> barred;
      std::erase_if(root.targets, [&](Id id) {
        if (candidates_.may(id)) return false;
        barred.push_back(id);
        return true;
      });
      if (root.targets.empty()) {
        DebianStep step;
        step.wish = indexes.front();
        step.barred = solv::labels(archive_, barred);
        missing.problems.push_back({step});
      }
      roots_.push_back(std::move(root));
    }
    if (missing.problems.empty()) return std::nullopt;
    return missing;
  }

  void collect_base() {
    std::map<std::string, Root> base;
    for (const auto& entry : archive_.by_name()) {
      const Id name = entry.name;
      const Id id = candidates_.chosen(name);
      if (id == 0) continue;
      const std::string word = pool_id2str(archive_.pool(), name);
      const bool wanted =
          solv::is_essential(archive_.at(id)) ||
          (request_.minbase && (word == "apt" || solv::priority_of(archive_.at(id)) == "required"));
      if (!wanted) continue;
      Root root;
      root.targets.assign(entry.versions.begin(), entry.versions.end());
      std::stable_partition(root.targets.begin(), root.targets.end(),
                            [&, chosen = id](Id t) { return t == chosen; });
      base.emplace(word, std::move(root));
    }
    put_first(base);
  }

  // What is installed stays, in whatever version.
  void collect_installed() {
    std::map<std::string, Root> base;
    for (const auto& entry : archive_.by_name()) {
      const auto is_installed = [&](Id id) { return archive_.is_in_first(id); };
      if (std::none_of(entry.versions.begin(), entry.versions.end(), is_installed)) continue;
      Root root;
      std::copy_if(entry.versions.begin(), entry.versions.end(), std::back_inserter(root.targets),
                   [&](Id id) { return candidates_.may(id) || is_installed(id); });
      std::stable_partition(root.targets.begin(), root.targets.end(),
                            [&](Id id) { return candidates_.is_chosen(id); });
      base.emplace(pool_id2str(archive_.pool(), entry.name), std::move(root));
    }
    put_first(base);
  }

  void put_first(std::map<std::string, Root>& base) {
    std::vector<Root> all;
    for (auto& [word, root] : base)
      all.push_back(std::move(root));
    all.insert(all.end(), roots_.begin(), roots_.end());
    roots_ = std::move(all);
  }

  [[nodiscard]] bool has_one_name(const std::vector<Id>& targets) const {
    return std::all_of(targets.begin(), targets.end(),
                       [&](Id id) { return archive_.at(id)->name == archive_.at(targets.front())->name; });
  }

  // Root i is job i.
  void add_root_jobs(IdQueue& jobs) const {
    for (const auto& root : roots_) {
      IdQueue targets;
      std::vector<Id> sorted = root.targets;
      std::sort(sorted.begin(), sorted.end());
      for (const Id id : sorted)
        targets.push(id);
      jobs.push(SOLVER_INSTALL | SOLVER_SOLVABLE_ONE_OF,
                pool_queuetowhatprovides(archive_.pool(), targets.get()));
    }
  }

  [[nodiscard]] std::optional<DebianChoice> prove(const std::vector<Id>& wanted) {
    IdQueue jobs;
    add_root_jobs(jobs);
    for (const Id id : wanted)
      jobs.push(SOLVER_INSTALL | SOLVER_SOLVABLE, id);
    const SolverHandle solver(solver_create(archive_.pool()));
    solver_set_flag(solver.get(), SOLVER_FLAG_IGNORE_RECOMMENDED, 1);
    if (solver_solve(solver.get(), jobs.get()) != 0) return std::nullopt;
    return choice_of(*solver);
  }

  [[nodiscard]] std::optional<DebianChoice> search(const Guide& guide, DebianFailure* failure) {
    const auto& liked = guide.chosen();
    IdQueue jobs;
    add_root_jobs(jobs);
    // A later job of this kind outweighs an earlier one.
    for (auto id = liked.rbegin(); id != liked.rend(); ++id)
      jobs.push(SOLVER_FAVOR | SOLVER_SOLVABLE, *id);
    if (!request_.recommends) {
      for (const Id id : guide.recommended())
        jobs.push(SOLVER_INSTALL | SOLVER_SOLVABLE | SOLVER_WEAK, id);
    }
    const SolverHandle solver(solver_create(archive_.pool()));
    solver_set_flag(solver.get(), SOLVER_FLAG_IGNORE_RECOMMENDED, request_.recommends ? 0 : 1);
    if (solver_solve(solver.get(), jobs.get()) == 0) return choice_of(*solver);
    if (failure != nullptr) *failure = solv::explain(archive_, *solver, roots_);
    return std::nullopt;
  }

  [[nodiscard]] std::vector<Id> relations(Id package) const {
    auto list = archive_.relations(package, SOLVABLE_REQUIRES);
    if (candidates_.follows_recommends(package)) {
      const auto& more = archive_.relations(package, SOLVABLE_RECOMMENDS);
      list.insert(list.end(), more.begin(), more.end());
    }
    return list;
  }

  // What the roots lead to among the installed: a learned rule may have set a package that nothing needs any
  // more.
  [[nodiscard]] DebianChoice choice_of(Solver& solver) {
    IdQueue decided;
    solver_get_decisionqueue(&solver, decided.get());
    std::unordered_set<Id> installed;
    for (const Id id : decided) {
      if (id > SYSTEMSOLVABLE) installed.insert(id);
    }
    std::map<Id, DebianPackage> reached;
    std::deque<Id> open;
    const auto reach = [&](Id id) -> DebianPackage& {
      const auto [entry, added] = reached.try_emplace(id);
      if (added) {
        entry->second = archive_.describe(id, request_.first_is_installed && archive_.is_in_first(id));
        open.push_back(id);
      }
      return entry->second;
    };
    for (const auto& root : roots_) {
      for (const Id id : root.targets) {
        if (!installed.contains(id)) continue;
        auto& wishes = reach(id).wishes;
        wishes.insert(wishes.end(), root.wishes.begin(), root.wishes.end());
      }
    }
    while (!open.empty()) {
      const Id id = open.front();
      open.pop_front();
      for (const Id relation : relations(id)) {
        for (const Id provider : archive_.providers(relation)) {
          if (provider != id && installed.contains(provider))
            reach(provider).required_by.push_back(archive_.name(id));
        }
      }
    }
    DebianChoice choice;
    for (auto& [id, package] : reached) {
      sort_unique(package.wishes);
      sort_unique(package.required_by);
      choice.packages.push_back(std::move(package));
    }
    std::sort(choice.packages.begin(), choice.packages.end(), [](const auto& a, const auto& b) {
      return std::tie(a.name, a.version, a.architecture) < std::tie(b.name, b.version, b.architecture);
    });
    return choice;
  }

  Archive& archive_;
  const DebianSolveRequest& request_;
  std::vector<Root> roots_;
  solv::Candidates candidates_;
};

}  // namespace

struct DebianPool::State {
  Archive archive;
};

DebianPool::DebianPool(const std::vector<DebianIndexFile>& files, const std::string& architecture,
                       const std::filesystem::path& cache)
    : state_(new State{Archive(files, architecture, cache)}) {}

DebianPool::DebianPool(DebianPool&&) noexcept = default;
DebianPool& DebianPool::operator=(DebianPool&&) noexcept = default;
DebianPool::~DebianPool() = default;

std::variant<DebianChoice, DebianFailure> DebianPool::solve(const DebianSolveRequest& request) {
  return Task(state_->archive, request).solve();
}

std::vector<std::string> DebianPool::names() const {
  std::vector<std::string> list;
  for (const auto& entry : state_->archive.by_name())
    list.emplace_back(pool_id2str(state_->archive.pool(), entry.name));
  std::sort(list.begin(), list.end());
  return list;
}

std::vector<std::string> DebianPool::versions(const std::string& name) const {
  std::vector<std::string> list;
  for (const Id id : state_->archive.named(name))
    list.push_back(state_->archive.version(id));
  return list;
}

std::vector<std::string> DebianPool::providers(const std::string& name) const {
  std::set<std::string> found;
  for (const Id id : state_->archive.providers(state_->archive.relation({name, "", ""})))
    found.insert(state_->archive.name(id));
  return {found.begin(), found.end()};
}

}  // namespace mlrepro
