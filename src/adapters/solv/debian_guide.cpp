#include "adapters/solv/debian_guide.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "adapters/solv/debian_repo.hpp"

namespace mlrepro::solv {
namespace {

int priority_rank(std::string_view priority) {
  constexpr std::array<std::string_view, 5> order = {"required", "important", "standard", "optional",
                                                     "extra"};
  return static_cast<int>(std::find(order.begin(), order.end(), priority) - order.begin());
}

}  // namespace

Guide::Guide(const Archive& archive, const Candidates& candidates)
    : archive_(archive), candidates_(candidates) {}

void Guide::require(const std::vector<Id>& targets) {
  const auto usable = [&](Id id) { return is_candidate(id) && !forbidden_.contains(id); };
  if (std::any_of(targets.begin(), targets.end(), [&](Id id) { return taken_.contains(id); })) return;
  auto found =
      std::find_if(targets.begin(), targets.end(), [&](Id id) { return usable(id) && can_be_taken(id); });
  if (found == targets.end()) found = std::find_if(targets.begin(), targets.end(), usable);
  if (found != targets.end()) take(*found);
}

void Guide::walk() {
  follow_forced();
  while (!choices_.empty() || !recommended_.empty()) {
    const bool weak = choices_.empty();
    auto& queue = weak ? recommended_ : choices_;
    const Wanted next = queue.front();
    queue.pop_front();
    if (met(next.relation)) continue;
    for (const Id id : ordered(next.relation)) {
      if (!can_be_taken(id)) continue;
      take(id);
      if (weak) taken_as_recommended_.push_back(id);
      break;
    }
    follow_forced();
  }
}

void Guide::take(Id package) {
  if (!taken_.insert(package).second) return;
  chosen_.push_back(package);
  fresh_.push_back(package);
  for (const Id relation : archive_.relations(package, SOLVABLE_CONFLICTS)) {
    for (const Id id : archive_.providers(relation)) {
      // A package may conflict with what it provides itself (policy 7.6.2).
      if (archive_.at(id)->name != archive_.at(package)->name) forbidden_.insert(id);
    }
  }
}

void Guide::follow_forced() {
  while (!fresh_.empty()) {
    const Id package = fresh_.front();
    fresh_.pop_front();
    for (const Id relation : archive_.relations(package, SOLVABLE_REQUIRES))
      follow({package, relation});
    if (!candidates_.follows_recommends(package)) continue;
    for (const Id relation : archive_.relations(package, SOLVABLE_RECOMMENDS))
      recommended_.push_back({package, relation});
  }
}

void Guide::follow(const Wanted& wanted) {
  if (met(wanted.relation)) return;
  const auto options = possible(wanted.relation);
  if (options.size() == 1) {
    take(options.front());
  } else if (!options.empty()) {
    choices_.push_back(wanted);
  }
}

bool Guide::is_candidate(Id package) const {
  const auto found = candidates_.chosen().find(archive_.at(package)->name);
  return found != candidates_.chosen().end() && found->second == package;
}

bool Guide::met(Id relation) const {
  const auto providers = archive_.providers(relation);
  return std::any_of(providers.begin(), providers.end(), [&](Id id) { return taken_.contains(id); });
}

std::vector<Id> Guide::possible(Id relation) const {
  std::vector<Id> list;
  for (const Id id : archive_.providers(relation)) {
    if (is_candidate(id) && !forbidden_.contains(id)) list.push_back(id);
  }
  return list;
}

// Alternatives in the order of writing (policy 7.1); within one, apt's order: the package of that name
// itself, then Essential, then by priority. apt breaks ties by the order of its cache, we by name.
std::vector<Id> Guide::ordered(Id relation) const {
  std::vector<Id> list;
  for (Id alternative : archive_.alternatives(relation)) {
    auto options = possible(alternative);
    Id name = alternative;
    while (const Reldep* pair = pair_of(archive_.pool(), name))
      name = pair->name;
    std::stable_sort(options.begin(), options.end(), [&](Id a, Id b) { return prefer(name, a, b); });
    list.insert(list.end(), options.begin(), options.end());
  }
  return list;
}

bool Guide::prefer(Id name, Id a, Id b) const {
  Solvable* one = archive_.at(a);
  Solvable* other = archive_.at(b);
  if ((one->name == name) != (other->name == name)) return one->name == name;
  if (is_essential(one) != is_essential(other)) return is_essential(one);
  const int rank = priority_rank(priority_of(one));
  const int other_rank = priority_rank(priority_of(other));
  if (rank != other_rank) return rank < other_rank;
  return std::string_view(pool_id2str(archive_.pool(), one->name)) <
         std::string_view(pool_id2str(archive_.pool(), other->name));
}

// Whether everything that `package` needs without a choice is there and conflicts with nothing taken.
bool Guide::can_be_taken(Id package) const {
  std::unordered_set<Id> trial = {package};
  std::vector<Id> open = {package};
  while (!open.empty()) {
    const Id next = open.back();
    open.pop_back();
    for (const Id relation : archive_.relations(next, SOLVABLE_CONFLICTS)) {
      for (const Id id : archive_.providers(relation)) {
        if (taken_.contains(id) && archive_.at(id)->name != archive_.at(next)->name) return false;
      }
    }
    for (const Id relation : archive_.relations(next, SOLVABLE_REQUIRES)) {
      if (met(relation)) continue;
      const auto options = possible(relation);
      if (options.empty()) return false;
      if (options.size() == 1 && trial.insert(options.front()).second) open.push_back(options.front());
    }
  }
  return true;
}

}  // namespace mlrepro::solv
