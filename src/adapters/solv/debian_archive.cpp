#include "adapters/solv/debian_archive.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/solv/debian_repo.hpp"
#include "base/error.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"

namespace mlrepro::solv {
namespace {

int relation_flags(std::string_view relation) {
  if (relation == "<<") return REL_LT;
  if (relation == "<=") return REL_LT | REL_EQ;
  if (relation == "=") return REL_EQ;
  if (relation == ">=") return REL_GT | REL_EQ;
  if (relation == ">>") return REL_GT;
  throw Error(ErrorKind::internal, "bad-relation",
              "no relation of Debian versions: " + std::string(relation));
}

const char* relation_text(int flags) {
  switch (flags) {
    case REL_LT: return "<<";
    case REL_LT | REL_EQ: return "<=";
    case REL_EQ: return "=";
    case REL_GT | REL_EQ: return ">=";
    case REL_GT: return ">>";
    default: return "?";
  }
}

// A pool path becomes part of a URL and of file names: it may only lead downwards.
bool leads_down(const std::string& path) {
  if (path.empty() || path.front() == '/') return false;
  for (const auto piece : split(path, '/')) {
    if (piece.empty() || piece == "." || piece == "..") return false;
  }
  return true;
}

}  // namespace

Archive::Archive(const std::vector<DebianIndexFile>& files, const std::string& architecture,
                 const std::filesystem::path& cache)
    : pool_(solv::new_pool()) {
  pool_setdisttype(pool_.get(), DISTTYPE_DEB);
  pool_setarch(pool_.get(), architecture.c_str());
  for (const auto& file : files) {
    repos_.push_back(load_packages(pool_.get(), file.path, file.sha256, architecture, cache));
    releases_.push_back(file.release);
    single_.push_back({single_.size()});
  }
  drop_doubles();
  index_names();
  pool_createwhatprovides(pool_.get());
  qualify_architectures(architecture);
  restrict_any();
}

void Archive::drop_doubles() {
  struct Hash {
    std::size_t operator()(const std::array<Id, 3>& ids) const noexcept {
      std::uint64_t mixed = 0;
      for (const Id id : ids)
        mixed = (mixed ^ static_cast<std::uint32_t>(id)) * 0x9e3779b97f4a7c15U;
      return mixed ^ mixed >> 32U;
    }
  };
  std::unordered_map<std::array<Id, 3>, std::pair<Id, std::size_t>, Hash> seen;
  seen.reserve(static_cast<std::size_t>(pool_->nsolvables));
  for (std::size_t file = 0; file < repos_.size(); ++file) {
    Repo* repo = repos_[file];
    std::vector<Id> doubles;
    Id id = 0;
    Solvable* s = nullptr;
    FOR_REPO_SOLVABLES(repo, id, s) {
      const auto [entry, fresh] = seen.emplace(std::array{s->name, s->evr, s->arch}, std::pair(id, file));
      (fresh ? packages_ : doubles).push_back(id);
      if (fresh || entry->second.second == file) continue;
      auto& files = several_.try_emplace(entry->second.first, 1, entry->second.second).first->second;
      if (files.back() != file) files.push_back(file);
    }
    for (const Id again : doubles)
      repo_free_solvable(repo, again, 0);
  }
}

void Archive::index_names() {
  sorted_ = packages_;
  std::stable_sort(sorted_.begin(), sorted_.end(), [&](Id a, Id b) {
    if (at(a)->name != at(b)->name) return at(a)->name < at(b)->name;
    return pool_evrcmp(pool_.get(), at(a)->evr, at(b)->evr, EVRCMP_COMPARE) > 0;
  });
  for (std::size_t first = 0; first < sorted_.size();) {
    const Id name = at(sorted_[first])->name;
    std::size_t last = first;
    while (last < sorted_.size() && at(sorted_[last])->name == name)
      ++last;
    by_name_.push_back({name, std::span(sorted_).subspan(first, last - first)});
    first = last;
  }
}

// "name:amd64" in a relation (policy 7.1) is a name like any other to libsolv; so is "name:native", which apt
// takes for the same.
void Archive::qualify_architectures(const std::string& architecture) {
  for (const std::string& suffix : {":" + architecture, std::string(":native")})
    qualify(suffix);
}

void Archive::qualify(const std::string& suffix) {
  Pool* pool = pool_.get();
  std::map<Id, Id> plain;  // "name:amd64" -> "name"
  for (Id id = 1; id < pool->ss.nstrings; ++id) {
    const std::string_view word = pool_id2str(pool, id);
    if (word.size() <= suffix.size() || !word.ends_with(suffix)) continue;
    const Id name = pool_str2id(pool, std::string(word.substr(0, word.size() - suffix.size())).c_str(), 0);
    if (name == 0) continue;
    plain.emplace(id, name);
    pool_set_whatprovides(pool, id, pool_whatprovides(pool, name));
  }
  const Id relations = pool->nrels;
  for (Id index = 1; index < relations; ++index) {
    const Reldep pair = pool->rels[index];
    const auto found = plain.find(pair.name);
    if (found == plain.end() || pair.flags > (REL_GT | REL_EQ | REL_LT)) continue;
    const Id meant = pool_rel2id(pool, found->second, pair.evr, pair.flags, 1);
    pool_set_whatprovides(pool, relation_id(static_cast<unsigned>(index)), pool_whatprovides(pool, meant));
  }
}

// "name:any" is met only by packages that say Multi-Arch: allowed; libsolv takes every package of the name.
void Archive::restrict_any() {
  Pool* pool = pool_.get();
  for (Id index = 1; index < pool->nrels; ++index) {
    const Reldep& dependency = pool->rels[index];
    if (dependency.flags != REL_MULTIARCH || dependency.evr != ARCH_ANY) continue;
    IdQueue allowed;
    for (const Id id : providers(dependency.name)) {
      const char* word = solvable_lookup_str(at(id), SOLVABLE_MULTIARCH);
      if (word != nullptr && std::string_view(word) == "allowed") allowed.push(id);
    }
    pool_set_whatprovides(pool, relation_id(static_cast<unsigned>(index)),
                          pool_queuetowhatprovides(pool, allowed.get()));
  }
}

std::span<const Id> Archive::named(const std::string& name) const {
  return versions_of(pool_str2id(pool_.get(), name.c_str(), 0));
}

std::span<const Id> Archive::versions_of(Id name) const {
  const auto found = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                      [](const Named& entry, Id wanted) { return entry.name < wanted; });
  return found == by_name_.end() || found->name != name ? std::span<const Id>() : found->versions;
}

std::size_t Archive::file_index(Id package) const {
  return static_cast<std::size_t>(std::find(repos_.begin(), repos_.end(), at(package)->repo) -
                                  repos_.begin());
}

const std::vector<std::size_t>& Archive::files_of(Id package) const {
  const auto found = several_.find(package);
  if (found != several_.end()) return found->second;
  return single_[file_index(package)];
}

bool Archive::is_in(Id package, const std::string& release) const {
  const auto& files = files_of(package);
  return std::any_of(files.begin(), files.end(),
                     [&](std::size_t file) { return deb::release_matches(release, releases_[file]); });
}

std::span<const Id> Archive::providers(Id relation) const {
  const Id* first = pool_whatprovides_ptr(pool_.get(), relation);
  const Id* last = first;
  while (*last != 0)
    ++last;
  return {first, last};
}

std::vector<Id> Archive::alternatives(Id relation) const {
  std::vector<Id> list;
  for (const Reldep* pair = pair_of(pool_.get(), relation); pair != nullptr && pair->flags == REL_OR;
       pair = pair_of(pool_.get(), relation)) {
    list.push_back(pair->name);
    relation = pair->evr;
  }
  list.push_back(relation);
  return list;
}

const std::vector<Id>& Archive::relations(Id package, Id kind) const {
  const auto [entry, fresh] = relations_.try_emplace({package, kind});
  auto& list = entry->second;
  if (!fresh) return list;
  IdQueue found;
  solvable_lookup_deparray(at(package), kind, found.get(), 0);
  std::vector<std::pair<std::string, Id>> sorted;
  for (const Id id : found) {
    if (id == SOLVABLE_PREREQMARKER) continue;
    std::string words = text(id);
    std::erase(words, ' ');
    sorted.emplace_back(std::move(words), id);
  }
  sort_unique(sorted);
  for (const auto& [words, id] : sorted)
    list.push_back(id);
  const std::string order = kind == SOLVABLE_REQUIRES     ? needs_order_of(at(package))
                            : kind == SOLVABLE_RECOMMENDS ? recommends_order_of(at(package))
                                                          : std::string();
  const auto places = order.empty() ? std::vector<std::string_view>() : split(order, ',');
  if (places.size() != list.size()) return list;
  std::vector<Id> written(list.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto place = parse_number(places[i]);
    if (!place || *place >= written.size() || written[*place] != 0) return list;
    written[*place] = list[i];
  }
  list = std::move(written);
  return list;
}

std::uint64_t Archive::mention(Id name) const {
  const auto [entry, fresh] = mentions_.try_emplace(name, 0);
  if (!fresh) return entry->second;
  for (std::size_t file = 0; file < repos_.size(); ++file) {
    std::optional<std::uint64_t> number;
    for (const Id id : versions_of(name)) {
      if (at(id)->repo == repos_[file]) number = mention_of(at(id));
    }
    if (!number) number = mention_in(repos_[file], pool_id2str(pool_.get(), name));
    if (!number) continue;
    entry->second = (static_cast<std::uint64_t>(file) << 40U) + *number;
    break;
  }
  return entry->second;
}

bool Archive::has_essential(Id name) const {
  const auto versions = versions_of(name);
  return std::any_of(versions.begin(), versions.end(), [&](Id id) { return is_essential(at(id)); });
}

bool Archive::has_important(Id name) const {
  const auto versions = versions_of(name);
  return std::any_of(versions.begin(), versions.end(), [&](Id id) { return is_important(at(id)); });
}

Id Archive::relation(const DebianTerm& term) const {
  const Id name = pool_str2id(pool_.get(), term.name.c_str(), 1);
  if (term.relation.empty()) return name;
  const Id version = pool_str2id(pool_.get(), term.version.c_str(), 1);
  return pool_rel2id(pool_.get(), name, version, relation_flags(term.relation), 1);
}

std::vector<Id> Archive::targets(const DebianTerm& term) const {
  const Id wanted = relation(term);
  std::vector<Id> found;
  const auto real = named(term.name);
  const auto fits = [&](Id id) { return term.release.empty() || is_in(id, term.release); };
  for (const Id id : real) {
    if (fits(id) && (term.relation.empty() || pool_match_nevr(pool_.get(), at(id), wanted) != 0))
      found.push_back(id);
  }
  if (!real.empty()) return found;
  const auto provided = providers(wanted);
  std::copy_if(provided.begin(), provided.end(), std::back_inserter(found), fits);
  return found;
}

std::string Archive::text(Id relation) const {
  const Reldep* pair = pair_of(pool_.get(), relation);
  if (pair == nullptr) return pool_id2str(pool_.get(), relation);
  if (pair->flags == REL_OR) return text(pair->name) + " | " + text(pair->evr);
  if (pair->flags == REL_MULTIARCH) return text(pair->name) + ":" + text(pair->evr);
  return text(pair->name) + " (" + relation_text(pair->flags) + " " + text(pair->evr) + ")";
}

DebianPackage Archive::describe(Id package, bool installed) const {
  Solvable* s = at(package);
  DebianPackage out;
  out.name = name(package);
  out.version = version(package);
  out.architecture = pool_id2str(pool_.get(), s->arch);
  out.file = file_index(package);
  out.essential = is_essential(s);
  if (installed) return out;
  const char* path = solvable_lookup_location(s, nullptr);
  if (path != nullptr) out.path = path;
  out.size = solvable_lookup_num(s, SOLVABLE_DOWNLOADSIZE, 0);
  Id type = 0;
  const char* digest = solvable_lookup_checksum(s, SOLVABLE_CHECKSUM, &type);
  const auto sha256 = digest != nullptr ? Sha256::parse(digest) : std::nullopt;
  if (!leads_down(out.path) || !sha256 || out.size == 0) {
    throw Error(ErrorKind::input, "bad-index",
                "the package index says too little of " + out.name + " " + out.version +
                    ": it needs a Filename below the archive's root, a Size and a SHA256");
  }
  out.sha256 = *sha256;
  return out;
}

void Archive::consider(std::span<const Id> packages) {
  considered_.clear(pool_->nsolvables);
  considered_.set(SYSTEMSOLVABLE);
  for (const Id id : packages)
    considered_.set(id);
  pool_->considered = considered_.get();
}

}  // namespace mlrepro::solv
