// A choice of versions as a value function: candidates with ranks in, one candidate a name or the reasons why
// not out. libsolv decides; it sees ranks and index sets only, so that the order of versions and the matching
// of specifiers stay with the caller (PEP 440 is not an order that libsolv knows).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace mlrepro {

struct RankRequirement {
  int name = 0;  // the id of the name that is asked for; only carried through
  std::vector<int>
      candidates;  // indexes into RankProblem::candidates; any one of them will do; empty: impossible
};

struct RankCandidate {
  int name = 0;  // any non-negative id; at most one candidate of a name is chosen
  int rank = 0;  // within its name, higher is preferred; equal ranks: the earlier candidate
  std::vector<RankRequirement> requires_;
};

struct RankProblem {
  std::vector<RankCandidate> candidates;
  std::vector<RankRequirement> jobs;  // what must hold; where two preferences collide, the earlier job wins
};

// Indexes into RankProblem::candidates of what is needed, sorted. Nothing is chosen that no job leads to.
struct RankChoice {
  std::vector<int> candidates;
};

// One set of requirements that cannot hold together, as libsolv found it: enough to tell the story, not
// always minimal.
struct RankClash {
  struct Link {
    int candidate = -1;       // whose requirement it is; -1: `requirement` is an index into RankProblem::jobs
    int requirement = 0;      // index into requires_ or jobs
    bool impossible = false;  // no candidate meets it
    auto operator<=>(const Link&) const = default;
  };
  struct SameName {  // two candidates of one name, both asked for; first < second
    int first = 0;
    int second = 0;
    auto operator<=>(const SameName&) const = default;
  };
  std::vector<Link> links;           // sorted, each once: jobs first
  std::vector<SameName> same_names;  // sorted, each once
};

struct RankFailure {
  std::vector<RankClash> clashes;  // at least one
};

// Deterministic: the answer depends on the order of what is given and on nothing else. An index out of range
// is Error(internal). Cost grows with the square of the candidates of one name (100 names x 50: well under a
// second).
[[nodiscard]] std::variant<RankChoice, RankFailure> solve_ranks(const RankProblem& problem);

// libsolv's, which has a part in every answer.
[[nodiscard]] std::string solver_version();

// The same problem with more and more jobs: what libsolv needs to know of the candidates is told once.
class RankSolver {
 public:
  // The problem must outlive it.
  explicit RankSolver(const RankProblem& problem);
  RankSolver(RankSolver&&) noexcept;
  RankSolver& operator=(RankSolver&&) noexcept;
  ~RankSolver();

  [[nodiscard]] std::variant<RankChoice, RankFailure> solve();
  // With one more job, which has candidates, this time; absent where that has no answer.
  [[nodiscard]] std::optional<RankChoice> attempt(const RankRequirement& more);
  // From now on, after all other jobs; at least one candidate.
  void require(const RankRequirement& job);

 private:
  class Translation;
  std::unique_ptr<Translation> translation_;
};

}  // namespace mlrepro
