// apt's candidate policy: which version of each name may be taken first, and which at all. For the .cpp files
// of this room only.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "adapters/solv/debian_archive.hpp"

namespace mlrepro::solv {

class Candidates {
 public:
  // The version of the highest priority, of these the newest (apt_preferences(5), for an empty root); one
  // that a wish names; one of the previous lock where it is of the same rank. A wish with a release or a
  // version takes the versions that its dependencies need from there too, as apt does for NAME/RELEASE.
  Candidates(const Archive& archive, const DebianSolveRequest& request);

  // The package of that name; 0: none.
  [[nodiscard]] Id chosen(Id name) const noexcept {
    const auto at = static_cast<std::size_t>(name);
    return at < chosen_.size() ? chosen_[at] : 0;
  }
  [[nodiscard]] bool is_chosen(Id package) const { return chosen(archive_.at(package)->name) == package; }
  // Neither excluded nor of a priority that forbids it; a candidate always may.
  [[nodiscard]] bool may(Id package) const;
  [[nodiscard]] int priority(Id package) const;
  // The candidates and all that may be taken from releases of at least this priority.
  [[nodiscard]] std::vector<Id> with_priority(int least) const;
  [[nodiscard]] bool follows_recommends(Id package) const;

 private:
  [[nodiscard]] std::map<Id, std::vector<Id>> limits() const;
  void choose(Id name, Id package);
  // Of what is installed, in debian_upgrades.cpp.
  void keep_installed(const std::map<Id, std::vector<Id>>& limited);
  void upgrade_as_needed();
  void meet(Id package, std::vector<Id>& open);
  bool upgrade(Id relation, std::vector<Id>& open);
  void upgrade_enemies(Id package, std::vector<Id>& open);
  void upgrade_broken(const std::set<Id>& visited, std::vector<Id>& open);
  [[nodiscard]] Id best(std::span<const Id> versions, bool named) const;
  [[nodiscard]] Id kept(Id name, std::span<const Id> versions, Id otherwise) const;
  void follow_wishes();
  using Release = std::function<bool(Id)>;
  bool follow(Id package, const Release& release, std::set<Id>& visited);
  bool switch_one(Id relation, const Release& release, std::set<Id>& visited);

  const Archive& archive_;
  const DebianSolveRequest& request_;
  std::unordered_set<Id> excluded_;         // names
  std::unordered_set<Id> recommend_;        // names
  std::vector<Id> chosen_;                  // by name
  std::vector<std::pair<Id, Id>> changes_;  // name and what was chosen before, the latest last
  struct Installed {
    Id package = 0;
    Id upgrade = 0;  // what the archives have in its place; 0: nothing
  };
  std::map<Id, Installed> installed_;  // by name
};

}  // namespace mlrepro::solv
