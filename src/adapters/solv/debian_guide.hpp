// The walk that says what apt would take: a set of packages that libsolv then proves, or prefers where it has
// to search. For the .cpp files of this room only.
#pragma once

#include <deque>
#include <unordered_set>
#include <vector>

#include "adapters/solv/debian_candidates.hpp"

namespace mlrepro::solv {

class Guide {
 public:
  Guide(const Archive& archive, const Candidates& candidates);

  // One root: the packages that meet it, the preferred first. Roots are taken in order before anything they
  // need.
  void require(const std::vector<Id>& targets);
  void walk();

  [[nodiscard]] const std::vector<Id>& chosen() const noexcept { return chosen_; }  // in order of choice
  // Those among them that a Recommends alone asked for.
  [[nodiscard]] const std::vector<Id>& recommended() const noexcept { return taken_as_recommended_; }

 private:
  struct Wanted {
    Id package = 0;
    Id relation = 0;
  };

  void take(Id package);
  void follow_forced();
  void follow(const Wanted& wanted);
  [[nodiscard]] bool is_candidate(Id package) const;
  [[nodiscard]] bool met(Id relation) const;
  [[nodiscard]] std::vector<Id> possible(Id relation) const;
  [[nodiscard]] std::vector<Id> ordered(Id relation) const;
  [[nodiscard]] bool can_be_taken(Id package) const;
  [[nodiscard]] bool prefer(Id name, Id a, Id b) const;

  const Archive& archive_;
  const Candidates& candidates_;
  std::vector<Id> chosen_;
  std::vector<Id> taken_as_recommended_;
  std::unordered_set<Id> taken_;
  std::unordered_set<Id> forbidden_;  // what a taken package conflicts with
  std::deque<Id> fresh_;              // taken, its relations not yet followed
  std::deque<Wanted> choices_;
  std::deque<Wanted> recommended_;
};

}  // namespace mlrepro::solv
