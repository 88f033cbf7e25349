// All packages of some Packages files in one libsolv pool, with Debian's reading of relations. For the .cpp
// files of this room only.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adapters/solv/debian_solver.hpp"
#include "adapters/solv/solv_handle.hpp"

namespace mlrepro::solv {

class Archive {
 public:
  Archive(const std::vector<DebianIndexFile>& files, const std::string& architecture,
          const std::filesystem::path& cache);

  [[nodiscard]] Pool* pool() const noexcept { return pool_.get(); }
  [[nodiscard]] Solvable* at(Id package) const { return pool_id2solvable(pool_.get(), package); }

  // Every package once, those of earlier files first.
  [[nodiscard]] const std::vector<Id>& packages() const noexcept { return packages_; }
  struct Named {
    Id name = 0;
    std::span<const Id> versions;  // newest first; never empty
  };
  [[nodiscard]] const std::vector<Named>& by_name() const noexcept { return by_name_; }  // sorted by id
  [[nodiscard]] std::span<const Id> versions_of(Id name) const;
  [[nodiscard]] std::span<const Id> named(const std::string& name) const;
  [[nodiscard]] Id name_id(const std::string& name) const {
    return pool_str2id(pool_.get(), name.c_str(), 1);
  }
  // The files that have this package in this version, by their index; where they lie and what they are.
  [[nodiscard]] const std::vector<std::size_t>& files_of(Id package) const;
  [[nodiscard]] const deb::ReleaseFacts& release(std::size_t file) const { return releases_[file]; }
  // Whether the first file, of what is installed already, has it.
  [[nodiscard]] bool is_in_first(Id package) const { return files_of(package).front() == 0; }
  // Whether a release as NAME/RELEASE names it has this version.
  [[nodiscard]] bool is_in(Id package, const std::string& release) const;

  // Packages that meet one relation, in the order of packages(). Valid until the next call.
  [[nodiscard]] std::span<const Id> providers(Id relation) const;
  // The relation's alternatives, in their order.
  [[nodiscard]] std::vector<Id> alternatives(Id relation) const;
  // Relations of a package: SOLVABLE_REQUIRES (Pre-Depends, then Depends) and SOLVABLE_RECOMMENDS as they are
  // written, SOLVABLE_CONFLICTS sorted by their text. Valid as long as the archive.
  [[nodiscard]] const std::vector<Id>& relations(Id package, Id kind) const;
  // apt's number of a name: the later it is first mentioned in the files, the greater.
  [[nodiscard]] std::uint64_t mention(Id name) const;
  // What any version of the package says.
  [[nodiscard]] bool has_essential(Id name) const;
  [[nodiscard]] bool has_important(Id name) const;
  [[nodiscard]] Id relation(const DebianTerm& term) const;
  // What meets a term of a wish: packages of that name, else, where there is none, what provides it.
  [[nodiscard]] std::vector<Id> targets(const DebianTerm& term) const;

  [[nodiscard]] std::string name(Id package) const { return pool_id2str(pool_.get(), at(package)->name); }
  [[nodiscard]] std::string version(Id package) const { return pool_id2str(pool_.get(), at(package)->evr); }
  [[nodiscard]] DebianLabel label(Id package) const { return {name(package), version(package)}; }
  [[nodiscard]] std::string text(Id relation) const;
  // All but `wishes` and `required_by`. Unless it is `installed`, throws Error(input, "bad-index") where the
  // index says too little to fetch it.
  [[nodiscard]] DebianPackage describe(Id package, bool installed) const;

  // Lets libsolv see these packages only.
  void consider(std::span<const Id> packages);
  [[nodiscard]] bool is_considered(Id package) const { return considered_.has(package); }

 private:
  [[nodiscard]] std::size_t file_index(Id package) const;
  void drop_doubles();
  void index_names();
  void qualify_architectures(const std::string& architecture);
  void qualify(const std::string& suffix);
  void restrict_any();

  BitMap considered_;  // the pool points at it
  PoolHandle pool_;
  std::vector<Repo*> repos_;  // in the order of the files
  std::vector<Id> packages_;
  std::vector<Id> sorted_;  // by name, then newest first
  std::vector<Named> by_name_;
  std::vector<deb::ReleaseFacts> releases_;                         // of each file
  std::vector<std::vector<std::size_t>> single_;                    // {0}, {1} ...
  std::map<Id, std::vector<std::size_t>> several_;                  // of packages in more than one file
  mutable std::map<std::pair<Id, Id>, std::vector<Id>> relations_;  // (package, kind), those asked for
  mutable std::unordered_map<Id, std::uint64_t> mentions_;
};

}  // namespace mlrepro::solv
