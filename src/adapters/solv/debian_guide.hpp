// The walk that says what apt would take: a set of packages that libsolv then proves, or prefers where it has
// to search. For the .cpp files of this room only.
//
// It is pkgDepCache::MarkInstall of apt 2.6 for a root in which nothing is installed: depth first along the
// relations as they are written; what a taken package conflicts with is discarded; a package whose needs
// cannot be met is given up for good; what the wishes need without a choice is protected as they are.
#pragma once

#include <vector>

#include "adapters/solv/debian_candidates.hpp"

namespace mlrepro::solv {

class Guide {
 public:
  Guide(const Archive& archive, const Candidates& candidates);

  // One root: the packages that meet it, the preferred first. All roots are taken before anything they need.
  void require(const std::vector<Id>& targets);
  void walk();

  // What the roots lead to, in order of choice.
  [[nodiscard]] const std::vector<Id>& chosen() const noexcept { return chosen_; }
  // Those among them that a Recommends alone asked for.
  [[nodiscard]] const std::vector<Id>& recommended() const noexcept { return recommended_; }

 private:
  struct State {       // of a name
    Id candidate = 0;  // 0: none, or given up
    bool taken = false;
    bool guarded = false;  // neither taken back nor, where it is not taken, taken any more
  };

  struct Need {
    Id relation = 0;
    bool critical = false;  // no Recommends
  };

  bool mark(Id package, bool root, std::size_t depth);
  bool discard_enemies(Id package, bool guarded, bool root);
  bool take_needs(const std::vector<Need>& open, bool guarded, bool root, std::size_t depth);
  bool take_one_of(Id relation, bool guarded, bool critical, std::size_t depth);
  bool guard_only_solution(Id relation, std::size_t depth);
  void take(Id package);
  [[nodiscard]] std::vector<Need> open_needs(Id package, bool guarded) const;
  void collect();

  [[nodiscard]] State& state(Id package) {
    return states_[static_cast<std::size_t>(archive_.at(package)->name)];
  }
  [[nodiscard]] const State& state(Id package) const {
    return states_[static_cast<std::size_t>(archive_.at(package)->name)];
  }
  [[nodiscard]] bool is_candidate(Id package) const;
  [[nodiscard]] bool is_taken(Id package) const;
  [[nodiscard]] bool is_broken(Id package) const;
  [[nodiscard]] bool is_enemy(Id package, Id other) const;
  [[nodiscard]] bool met(Id relation) const;
  [[nodiscard]] bool can_be_met(Id relation) const;
  [[nodiscard]] bool needs_can_be_met(Id package) const;
  [[nodiscard]] std::vector<Id> solutions(Id relation) const;
  [[nodiscard]] bool prefer(Id name, Id a, Id b) const;

  const Archive& archive_;
  const Candidates& candidates_;
  std::vector<State> states_;  // by name
  std::vector<Id> roots_;
  std::vector<Id> taken_order_;
  std::vector<Id> deferred_;
  std::vector<Id> chosen_;
  std::vector<Id> recommended_;
};

}  // namespace mlrepro::solv
