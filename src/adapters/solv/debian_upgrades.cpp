// Which packages that are installed already must move to another version for the wishes to be met. What it
// misses libsolv finds, at the price of more changes than apt would make.

#include <algorithm>
#include <iterator>

#include "adapters/solv/debian_candidates.hpp"

namespace mlrepro::solv {
namespace {

bool contains(std::span<const Id> list, Id id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

}  // namespace

void Candidates::keep_installed(const std::map<Id, std::vector<Id>>& limited) {
  for (const auto& [name, versions] : archive_.by_name()) {
    const auto there =
        std::find_if(versions.begin(), versions.end(), [&](Id id) { return archive_.is_in_first(id); });
    if (there == versions.end()) continue;
    excluded_.erase(name);
    const auto limit = limited.find(name);
    std::vector<Id> others;
    for (const Id id : versions) {
      if (id != *there && (limit == limited.end() || contains(limit->second, id))) others.push_back(id);
    }
    Installed& own = installed_[name];
    own.package = *there;
    if (!others.empty()) {
      const Id id = best(others, limit != limited.end());
      own.upgrade = id == 0 ? 0 : kept(name, others, id);
    }
    const bool fits = limit == limited.end() || limit->second.empty() || contains(limit->second, *there);
    choose(name, fits || own.upgrade == 0 ? *there : own.upgrade);
  }
}

void Candidates::upgrade_as_needed() {
  std::vector<Id> open;
  std::map<DebianWish, bool> sorted;  // in an order that the request's has no part in
  for (const auto& wish : request_.wishes)
    sorted.emplace(wish, true);
  for (const auto& [wish, is] : sorted) {
    for (const auto& term : wish) {
      const auto targets = archive_.targets(term);
      const auto found = std::find_if(targets.begin(), targets.end(), [&](Id id) { return is_chosen(id); });
      if (found == targets.end()) continue;
      open.push_back(*found);
      break;
    }
  }
  for (const auto& [name, own] : installed_) {
    if (chosen(name) != own.package) open.push_back(chosen(name));
  }
  std::set<Id> visited;
  while (!open.empty()) {
    while (!open.empty()) {
      const Id package = open.back();
      open.pop_back();
      if (!is_chosen(package) || !visited.insert(package).second) continue;
      meet(package, open);
      upgrade_enemies(package, open);
    }
    upgrade_broken(visited, open);
  }
}

// What `package` needs: there as it is, a candidate that comes with it, or one that is there in another
// version.
void Candidates::meet(Id package, std::vector<Id>& open) {
  std::vector<Id> relations = archive_.relations(package, SOLVABLE_REQUIRES);
  if (follows_recommends(package)) {
    const auto& more = archive_.relations(package, SOLVABLE_RECOMMENDS);
    relations.insert(relations.end(), more.begin(), more.end());
  }
  for (const Id relation : relations) {
    const auto found = archive_.providers(relation);
    const std::vector<Id> providers(found.begin(), found.end());
    const auto is_there = [&](Id id) { return is_chosen(id) && installed_.contains(archive_.at(id)->name); };
    if (std::any_of(providers.begin(), providers.end(), is_there)) continue;
    bool met = false;
    for (const Id alternative : archive_.alternatives(relation)) {
      for (const Id id : archive_.providers(alternative)) {
        if (met || !is_chosen(id)) continue;
        open.push_back(id);
        met = true;
      }
    }
    if (!met) (void)upgrade(relation, open);
  }
}

bool Candidates::upgrade(Id relation, std::vector<Id>& open) {
  for (const Id alternative : archive_.alternatives(relation)) {
    const auto found = archive_.providers(alternative);
    const std::vector<Id> providers(found.begin(), found.end());
    const auto take = [&](Id id, bool preferred) {
      const auto own = installed_.find(archive_.at(id)->name);
      if (own == installed_.end() || own->second.package == id || !may(id)) return false;
      if (chosen(own->first) != own->second.package || (own->second.upgrade == id) != preferred) return false;
      choose(own->first, id);
      open.push_back(id);
      return true;
    };
    for (const bool preferred : {true, false}) {
      for (const Id id : providers)
        if (take(id, preferred)) return true;
    }
  }
  return false;
}

void Candidates::upgrade_enemies(Id package, std::vector<Id>& open) {
  for (const Id relation : archive_.relations(package, SOLVABLE_CONFLICTS)) {
    const auto found = archive_.providers(relation);
    const std::vector<Id> enemies(found.begin(), found.end());
    for (const Id id : enemies) {
      const Id name = archive_.at(id)->name;
      const auto own = installed_.find(name);
      if (name == archive_.at(package)->name || own == installed_.end() || own->second.package != id ||
          !is_chosen(id) || own->second.upgrade == 0 || contains(enemies, own->second.upgrade))
        continue;
      choose(name, own->second.upgrade);
      open.push_back(own->second.upgrade);
    }
  }
}

// What is there as it was, and cannot stay so beside what comes.
void Candidates::upgrade_broken(const std::set<Id>& visited, std::vector<Id>& open) {
  const auto is_met = [&](Id relation) {
    const auto providers = archive_.providers(relation);
    return std::any_of(providers.begin(), providers.end(), [&](Id id) { return is_chosen(id); });
  };
  const auto is_hostile = [&](Id name, Id relation) {
    const auto providers = archive_.providers(relation);
    return std::any_of(providers.begin(), providers.end(), [&](Id id) {
      return is_chosen(id) && visited.contains(id) && archive_.at(id)->name != name;
    });
  };
  for (const auto& [name, own] : installed_) {
    if (chosen(name) != own.package || own.upgrade == 0) continue;
    const auto& needs = archive_.relations(own.package, SOLVABLE_REQUIRES);
    const auto& conflicts = archive_.relations(own.package, SOLVABLE_CONFLICTS);
    const bool stays = std::all_of(needs.begin(), needs.end(), is_met) &&
                       std::none_of(conflicts.begin(), conflicts.end(),
                                    [&, of = name](Id id) { return is_hostile(of, id); });
    if (stays) continue;
    choose(name, own.upgrade);
    open.push_back(own.upgrade);
  }
}

}  // namespace mlrepro::solv
