#include "adapters/solv/debian_candidates.hpp"

#include <algorithm>
#include <utility>

namespace mlrepro::solv {
namespace {

bool contains(const std::vector<Id>& list, Id id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

// A wish for one package that says which versions will do.
bool is_limit(const DebianWish& wish) {
  return wish.size() == 1 && (!wish.front().relation.empty() || !wish.front().release.empty());
}

}  // namespace

Candidates::Candidates(const Archive& archive, const DebianSolveRequest& request)
    : archive_(archive), request_(request) {
  for (const auto& name : request.excluded)
    excluded_.insert(archive.name_id(name));
  for (const auto& name : request.recommends_of)
    recommend_.insert(archive.name_id(name));
  const auto limited = limits();
  chosen_.resize(static_cast<std::size_t>(archive.pool()->ss.nstrings));
  for (const auto& [name, versions] : archive.by_name()) {
    const auto limit = limited.find(name);
    const bool named = limit != limited.end() && !limit->second.empty();
    const auto list = named ? std::span<const Id>(limit->second) : versions;
    const Id id = best(list, named);
    if (id != 0) choose(name, kept(name, list, id));
  }
  if (request.first_is_installed) keep_installed(limited);
  changes_.clear();
  follow_wishes();
  if (request.first_is_installed) upgrade_as_needed();
}

void Candidates::choose(Id name, Id package) {
  Id& place = chosen_[static_cast<std::size_t>(name)];
  changes_.emplace_back(name, place);
  place = package;
}

// name -> the versions that all wishes for it allow, newest first.
std::map<Id, std::vector<Id>> Candidates::limits() const {
  std::map<Id, std::vector<Id>> limited;
  for (const auto& wish : request_.wishes) {
    if (!is_limit(wish)) continue;
    const auto named = archive_.named(wish.front().name);
    if (named.empty()) continue;
    const auto targets = archive_.targets(wish.front());
    auto [entry, fresh] = limited.try_emplace(archive_.at(named.front())->name, named.begin(), named.end());
    std::erase_if(entry->second, [&](Id id) { return !contains(targets, id); });
  }
  return limited;
}

int Candidates::priority(Id package) const {
  if (request_.pins.empty() && archive_.files_of(package).size() == 1)
    return archive_.release(archive_.files_of(package).front()).default_priority();
  std::vector<const deb::ReleaseFacts*> releases;
  for (const std::size_t file : archive_.files_of(package))
    releases.push_back(&archive_.release(file));
  return deb::priority_of(request_.pins, archive_.name(package), archive_.version(package), releases);
}

// apt's rule: the first of the newest-first list whose priority beats all before it. What a wish names may be
// of any priority, but of several such versions those that no pin forbids come first. 0: none.
Id Candidates::best(std::span<const Id> versions, bool named) const {
  if (excluded_.contains(archive_.at(versions.front())->name)) return 0;
  if (versions.size() == 1 && request_.pins.empty()) return versions.front();
  Id choice = 0;
  int highest = 0;
  for (const Id id : versions) {
    const int rank = priority(id);
    if (rank <= highest) continue;
    choice = id;
    highest = rank;
  }
  return choice == 0 && named ? versions.front() : choice;
}

// A version of the previous lock stays, but not one that came from a release that is asked only where a wish
// names it, once no wish does.
Id Candidates::kept(Id name, std::span<const Id> versions, Id otherwise) const {
  if (request_.preferred.empty()) return otherwise;
  const auto found = request_.preferred.find(pool_id2str(archive_.pool(), name));
  if (found == request_.preferred.end()) return otherwise;
  for (const Id id : versions) {
    if (archive_.version(id) != found->second) continue;
    const int rank = priority(id);
    if (rank > 0 && rank >= std::min(500, priority(otherwise))) return id;
  }
  return otherwise;
}

bool Candidates::may(Id package) const {
  if (excluded_.contains(archive_.at(package)->name)) return false;
  return is_chosen(package) || priority(package) > 0;
}

std::vector<Id> Candidates::with_priority(int least) const {
  std::vector<Id> list;
  for (const auto& [name, versions] : archive_.by_name()) {
    if (excluded_.contains(name)) continue;
    for (const Id id : versions) {
      if (is_chosen(id) || priority(id) >= least) list.push_back(id);
    }
  }
  return list;
}

bool Candidates::follows_recommends(Id package) const {
  // Those of what is installed were somebody else's to decide.
  if (request_.first_is_installed && archive_.is_in_first(package)) return false;
  return request_.recommends || recommend_.contains(archive_.at(package)->name);
}

void Candidates::follow_wishes() {
  std::map<DebianWish, bool> sorted;  // in an order that the request's has no part in
  for (const auto& wish : request_.wishes) {
    if (is_limit(wish)) sorted.emplace(wish, true);
  }
  for (const auto& [wish, is] : sorted) {
    const auto named = archive_.named(wish.front().name);
    if (named.empty()) continue;
    const Id package = chosen(archive_.at(named.front())->name);
    if (package == 0) continue;
    const std::string& release = wish.front().release;
    const Release from = [&, package](Id id) {
      return release.empty() ? archive_.files_of(id) == archive_.files_of(package)
                             : archive_.is_in(id, release);
    };
    std::set<Id> visited;
    follow(package, from, visited);
  }
}

// What `package` needs and the candidates do not meet is taken from `release`, as pkgDepCache's
// SetCandidateRelease has it. False, and nothing changed, where that does not help.
bool Candidates::follow(Id package, const Release& release, std::set<Id>& visited) {
  if (!visited.insert(package).second) return true;
  const std::size_t before = changes_.size();
  choose(archive_.at(package)->name, package);
  const auto is_candidate = [&](Id id) { return is_chosen(id); };
  for (const Id kind : {SOLVABLE_REQUIRES, SOLVABLE_RECOMMENDS}) {
    if (kind == SOLVABLE_RECOMMENDS && !follows_recommends(package)) continue;
    for (const Id relation : archive_.relations(package, kind)) {
      const auto providers = archive_.providers(relation);
      if (std::any_of(providers.begin(), providers.end(), is_candidate)) continue;
      if (switch_one(relation, release, visited) || kind == SOLVABLE_RECOMMENDS) continue;
      for (; changes_.size() > before; changes_.pop_back())
        chosen_[static_cast<std::size_t>(changes_.back().first)] = changes_.back().second;
      return false;
    }
  }
  return true;
}

bool Candidates::switch_one(Id relation, const Release& release, std::set<Id>& visited) {
  for (const Id alternative : archive_.alternatives(relation)) {
    const auto found = archive_.providers(alternative);
    const std::vector<Id> providers(found.begin(), found.end());
    for (const Id id : providers) {
      if (release(id) && may(id) && follow(id, release, visited)) return true;
    }
  }
  return false;
}

}  // namespace mlrepro::solv
