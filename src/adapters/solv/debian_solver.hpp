// Debian packages as a value function: Packages files and wishes in, packages or the reasons why not out.
//
// How it chooses. A walk as apt's own first marks what the wishes lead to: the candidate of each name
// (highest priority, then newest), the first alternative that can be installed unless another is there
// anyway, forced steps before choices. libsolv then proves that set against every relation (policy 7); where
// it fails, libsolv searches with that set as its preference, first among the candidates, then among all
// versions of releases that count by themselves, then among those of backports and their like too. Where
// packages are installed already, their versions are the candidates, but for those that a wish cannot do with
// (debian_upgrades.cpp). Measured
// on bookworm with updates and security (63,500 packages), python3 beside the essential set, two shared
// cores: 1.1 s without a cache, 0.2 s with one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "codec/digest.hpp"
#include "standards/deb/preferences.hpp"

namespace mlrepro {

struct DebianIndexFile {
  std::filesystem::path path;  // plain, or compressed with gzip, xz, bzip2 or zstd
  Sha256 sha256;               // of the file as it lies there; checked when it is read
  deb::ReleaseFacts release = {};
};

struct DebianTerm {
  std::string name;      // of a package or of what packages provide
  std::string relation;  // "", "<<", "<=", "=", ">=", ">>"
  std::string version;   // empty where relation is
  // The suite or codename that it is to come from, apt's NAME/RELEASE; empty: any.
  std::string release = {};
  auto operator<=>(const DebianTerm&) const = default;
};
using DebianWish = std::vector<DebianTerm>;  // alternatives, the preferred first

struct DebianSolveRequest {
  std::vector<DebianWish> wishes;                // their order and repetition mean nothing
  bool minbase = false;                          // Essential: yes alone, or with Priority: required and apt
  bool recommends = false;                       // Recommends as well, where they can be met
  std::vector<std::string> recommends_of = {};   // or those of these packages alone
  std::vector<std::string> excluded = {};        // names that are never chosen
  std::vector<deb::Pin> pins = {};               // priorities, apt_preferences(5)
  std::map<std::string, std::string> preferred;  // name -> version that is kept where the wishes allow it
  // The first file of the pool is what is installed already: its packages stay, in another version only where
  // the wishes need one, and take the place of the base set. It needs to name no file of a package.
  bool first_is_installed = false;
};

struct DebianPackage {
  std::string name;
  std::string version;
  std::string architecture;
  std::size_t file = 0;  // index of the Packages file that names it
  std::string path;      // Filename: below the archive's root
  std::uint64_t size = 0;
  Sha256 sha256;
  bool essential = false;
  std::vector<std::size_t> wishes;       // indexes of the wishes it meets
  std::vector<std::string> required_by;  // names of chosen packages with a (Pre-)Depends that it meets, and
                                         // with `recommends` a Recommends; sorted
};

struct DebianChoice {
  std::vector<DebianPackage> packages;  // by name, version, architecture
};

struct DebianLabel {
  std::string name;
  std::string version;
  auto operator<=>(const DebianLabel&) const = default;
};

// One of the facts that cannot hold together.
struct DebianStep {
  enum class Kind {
    wish,          // wish number `wish`, met by `to` (nobody: empty)
    base,          // the base set asks for `to`
    needs,         // `from` (Pre-)Depends on `relation`, met by `to` (nobody: empty)
    conflicts,     // `from` Conflicts with (or, with `breaks`, Breaks) `relation`, which `to` is
    same_name,     // `from` and `to` are versions of one package
    uninstallable  // `from` is of another architecture
  };
  Kind kind = Kind::wish;
  std::size_t wish = 0;
  DebianLabel from;
  std::string relation;         // "libc6 (>= 2.36) | libc6.1"
  std::vector<DebianLabel> to;  // by name, newest first; eight at most
  bool breaks = false;
  // Where `to` is empty: what would meet it, but is excluded or forbidden by a pin.
  std::vector<DebianLabel> barred = {};
  auto operator<=>(const DebianStep&) const = default;
};

struct DebianFailure {
  std::vector<std::vector<DebianStep>> problems;  // at least one; each sorted, what concerns the newest
                                                  // versions first, every step once
};

class DebianPool {
 public:
  // Reads `files`, through `cache` where it is not empty. Of packages that are equal in name, version and
  // architecture the one in the earlier file counts. Throws Error(input, "bad-index"|"hash-mismatch").
  DebianPool(const std::vector<DebianIndexFile>& files, const std::string& architecture,
             const std::filesystem::path& cache);
  DebianPool(DebianPool&&) noexcept;
  DebianPool& operator=(DebianPool&&) noexcept;
  ~DebianPool();

  // The answer depends on the files and the request alone.
  [[nodiscard]] std::variant<DebianChoice, DebianFailure> solve(const DebianSolveRequest& request);

  [[nodiscard]] std::vector<std::string> names() const;  // of all packages, sorted, each once
  [[nodiscard]] std::vector<std::string> versions(const std::string& name) const;   // newest first
  [[nodiscard]] std::vector<std::string> providers(const std::string& name) const;  // package names, sorted

 private:
  struct State;  // libsolv's pool
  std::unique_ptr<State> state_;
};

}  // namespace mlrepro
