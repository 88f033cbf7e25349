#include "adapters/solv/debian_guide.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "adapters/solv/debian_repo.hpp"

namespace mlrepro::solv {
namespace {

// apt stops at 3000; a deeper chain is walked from its middle on once the rest is done.
constexpr std::size_t deepest = 1000;

// apt's order of Version::Priority; what it does not know is "extra".
int priority_rank(std::string_view priority) {
  constexpr std::array<std::string_view, 5> order = {"required", "important", "standard", "optional",
                                                     "extra"};
  const auto found = std::find(order.begin(), order.end(), priority);
  // 0 where the field is missing, which is less than "required".
  if (priority.empty()) return 0;
  return found == order.end() ? 5 : static_cast<int>(found - order.begin()) + 1;
}

}  // namespace

Guide::Guide(const Archive& archive, const Candidates& candidates)
    : archive_(archive), candidates_(candidates) {
  states_.resize(static_cast<std::size_t>(archive.pool()->ss.nstrings));
  for (const auto& entry : archive.by_name())
    states_[static_cast<std::size_t>(entry.name)].candidate = candidates.chosen(entry.name);
}

void Guide::require(const std::vector<Id>& targets) {
  const auto usable = [&](Id id) { return is_candidate(id); };
  if (std::any_of(targets.begin(), targets.end(), [&](Id id) { return is_taken(id); })) return;
  auto found =
      std::find_if(targets.begin(), targets.end(), [&](Id id) { return usable(id) && needs_can_be_met(id); });
  if (found == targets.end()) found = std::find_if(targets.begin(), targets.end(), usable);
  if (found == targets.end()) return;
  take(*found);
  state(*found).guarded = true;
  roots_.push_back(*found);
}

void Guide::walk() {
  for (const Id id : roots_)
    mark(id, true, 0);
  while (!deferred_.empty()) {
    const Id id = deferred_.back();
    deferred_.pop_back();
    mark(id, false, 0);
  }
  collect();
}

// pkgDepCache::MarkInstall with AutoInst. Whether the package is in, with all that it needs.
bool Guide::mark(Id package, bool root, std::size_t depth) {
  State& own = state(package);
  if (own.candidate != package || (own.guarded && !own.taken)) return false;
  if (own.taken && !own.guarded && !is_broken(package)) return true;
  if (!needs_can_be_met(package)) {
    if (!own.guarded && !own.taken) own.candidate = 0;
    return false;
  }
  if (depth >= deepest) {
    take(package);
    deferred_.push_back(package);
    return true;
  }
  const bool guarded = own.guarded;
  const bool fail_early = !guarded && !root;
  // What is met now need not be met after the conflicts: apt does not look again.
  const auto open = open_needs(package, guarded);
  bool failed = false;
  if (!discard_enemies(package, guarded, root)) {
    if (fail_early) return false;
    failed = true;
  }
  take(package);
  own.guarded = true;
  const bool complete = take_needs(open, guarded, root, depth);
  own.guarded = guarded;
  if (!complete) {
    if (fail_early) {
      own.taken = false;
      own.candidate = 0;
      return false;
    }
    failed = true;
  }
  return !failed;
}

bool Guide::discard_enemies(Id package, bool guarded, bool root) {
  bool failed = false;
  for (const Id relation : archive_.relations(package, SOLVABLE_CONFLICTS)) {
    for (const Id id : archive_.providers(relation)) {
      if (!is_enemy(package, id) || !is_candidate(id)) continue;
      State& other = state(id);
      if (other.taken && other.guarded) {
        if (!guarded && !root) return false;
        failed = true;
        continue;
      }
      other.taken = false;
      if (guarded) {
        other.candidate = 0;
        other.guarded = true;
      }
    }
  }
  return !failed;
}

std::vector<Guide::Need> Guide::open_needs(Id package, bool guarded) const {
  std::vector<Need> open;
  for (const Id relation : archive_.relations(package, SOLVABLE_REQUIRES)) {
    if (guarded || !met(relation)) open.push_back({relation, true});
  }
  if (!candidates_.follows_recommends(package)) return open;
  for (const Id relation : archive_.relations(package, SOLVABLE_RECOMMENDS)) {
    if (guarded || !met(relation)) open.push_back({relation, false});
  }
  return open;
}

bool Guide::take_needs(const std::vector<Need>& open, bool guarded, bool root, std::size_t depth) {
  bool failed = false;
  for (const auto& [relation, critical] : open) {
    if (met(relation)) {
      if (guarded && critical && !guard_only_solution(relation, depth)) failed = true;
      continue;
    }
    if (take_one_of(relation, guarded, critical, depth) || !critical) continue;
    failed = true;
    if (!guarded && !root) return false;
  }
  return !failed;
}

bool Guide::guard_only_solution(Id relation, std::size_t depth) {
  const auto possible = solutions(relation);
  if (possible.size() != 1 || state(possible.front()).guarded) return true;
  state(possible.front()).guarded = true;
  return mark(possible.front(), false, depth + 1);
}

bool Guide::take_one_of(Id relation, bool guarded, bool critical, std::size_t depth) {
  const auto possible = solutions(relation);
  for (const Id id : possible) {
    if (!is_candidate(id)) continue;
    if (guarded && critical && possible.size() == 1) {
      take(id);
      state(id).guarded = true;
    }
    if (!mark(id, false, depth + 1)) continue;
    if (!critical) recommended_.push_back(id);
    return true;
  }
  return false;
}

void Guide::take(Id package) {
  State& own = state(package);
  if (own.taken) return;
  own.taken = true;
  taken_order_.push_back(package);
}

// Of what was taken, apt removes again what nothing needs; it also is what a later conflict threw out.
void Guide::collect() {
  std::unordered_set<Id> reached;
  std::vector<Id> open;
  const auto reach = [&](Id id) {
    if (is_taken(id) && reached.insert(id).second) open.push_back(id);
  };
  for (const Id id : roots_)
    reach(id);
  while (!open.empty()) {
    const Id package = open.back();
    open.pop_back();
    for (const Id kind : {SOLVABLE_REQUIRES, SOLVABLE_RECOMMENDS}) {
      if (kind == SOLVABLE_RECOMMENDS && !candidates_.follows_recommends(package)) continue;
      for (const Id relation : archive_.relations(package, kind)) {
        for (const Id id : archive_.providers(relation))
          reach(id);
      }
    }
  }
  std::unordered_set<Id> listed;
  for (const Id id : taken_order_) {
    if (reached.contains(id) && listed.insert(id).second) chosen_.push_back(id);
  }
  std::erase_if(recommended_, [&](Id id) { return !reached.contains(id); });
}

bool Guide::is_candidate(Id package) const {
  return state(package).candidate == package;
}

bool Guide::is_taken(Id package) const {
  return is_candidate(package) && state(package).taken;
}

// A package may conflict with what it provides itself (policy 7.6.2).
bool Guide::is_enemy(Id package, Id other) const {
  return archive_.at(other)->name != archive_.at(package)->name;
}

bool Guide::is_broken(Id package) const {
  const auto is_met = [&](Id relation) { return met(relation); };
  const auto& needs = archive_.relations(package, SOLVABLE_REQUIRES);
  if (!std::all_of(needs.begin(), needs.end(), is_met)) return true;
  if (candidates_.follows_recommends(package)) {
    const auto& more = archive_.relations(package, SOLVABLE_RECOMMENDS);
    if (!std::all_of(more.begin(), more.end(), is_met)) return true;
  }
  for (const Id relation : archive_.relations(package, SOLVABLE_CONFLICTS)) {
    for (const Id id : archive_.providers(relation)) {
      if (is_enemy(package, id) && is_taken(id)) return true;
    }
  }
  return false;
}

bool Guide::met(Id relation) const {
  const auto providers = archive_.providers(relation);
  return std::any_of(providers.begin(), providers.end(), [&](Id id) { return is_taken(id); });
}

bool Guide::can_be_met(Id relation) const {
  const auto providers = archive_.providers(relation);
  return std::any_of(providers.begin(), providers.end(), [&](Id id) { return is_candidate(id); });
}

bool Guide::needs_can_be_met(Id package) const {
  const auto& needs = archive_.relations(package, SOLVABLE_REQUIRES);
  return std::all_of(needs.begin(), needs.end(), [&](Id relation) { return can_be_met(relation); });
}

// Alternatives in the order of writing (policy 7.1), within one those that apt's CompareProviders prefers.
std::vector<Id> Guide::solutions(Id relation) const {
  std::vector<Id> list;
  for (const Id alternative : archive_.alternatives(relation)) {
    std::vector<Id> options;
    for (const Id id : archive_.providers(alternative)) {
      if (is_candidate(id) && (state(id).taken || !state(id).guarded)) options.push_back(id);
    }
    Id name = alternative;
    // To apt "name:any" is no name of the package itself.
    while (const Reldep* pair = pair_of(archive_.pool(), name))
      name = pair->flags == REL_MULTIARCH ? 0 : pair->name;
    if (options.size() > 1) {
      std::stable_sort(options.begin(), options.end(), [&](Id a, Id b) { return prefer(name, a, b); });
    }
    for (const Id id : options) {
      if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
    }
  }
  return list;
}

bool Guide::prefer(Id name, Id a, Id b) const {
  Solvable* one = archive_.at(a);
  Solvable* other = archive_.at(b);
  if (state(a).guarded != state(b).guarded) return state(a).guarded;
  if ((one->name == name) != (other->name == name)) return one->name == name;
  if (const bool is = archive_.has_essential(one->name); is != archive_.has_essential(other->name)) return is;
  if (const bool is = archive_.has_important(one->name); is != archive_.has_important(other->name)) return is;
  const int rank = priority_rank(priority_of(one));
  const int other_rank = priority_rank(priority_of(other));
  if (rank != other_rank) return rank < other_rank;
  return archive_.mention(one->name) > archive_.mention(other->name);
}

}  // namespace mlrepro::solv
