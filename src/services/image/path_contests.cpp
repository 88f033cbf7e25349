#include "services/image/path_contests.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "codec/digest.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using Contender = PathLedger::Contender;

struct Diversion {  // "/usr/bin/x" of all but `package` goes to `target`
  std::string target;
  std::string package;
};

// Tree and aside folder lie in one folder; contests move files between them.
class Mover {
 public:
  Mover(const fs::path& tree, const fs::path& aside)
      : both_(tree.parent_path()),
        tree_(tree.filename().string() + "/"),
        aside_(aside.filename().string() + "/") {}

  void into_tree(const std::string& name, const std::string& path) {
    both_.rename(aside_ + name, tree_ + path);
  }
  void out_of_tree(const std::string& path, const std::string& name) {
    both_.rename(tree_ + path, aside_ + name);
  }
  void within_tree(const std::string& from, const std::string& to) { both_.rename(tree_ + from, tree_ + to); }
  bool in_tree(const std::string& path) { return both_.status(tree_ + path).has_value(); }

 private:
  SafeFolder both_;
  std::string tree_;
  std::string aside_;
};

bool replaces(const UnpackedPackage& winner, const UnpackedPackage& loser) {
  for (const auto& group : winner.control.replaces) {
    for (const auto& relation : group) {
      if (relation.name == loser.control.package) {
        if (deb::satisfies(loser.control.version, relation.comparison, relation.version)) return true;
        continue;
      }
      // A versioned Replaces never meets a name that is only provided.
      if (relation.comparison != deb::Comparison::any) continue;
      for (const auto& provided : loser.control.provides) {
        for (const auto& name : provided) {
          if (name.name == relation.name) return true;
        }
      }
    }
  }
  return false;
}

void strike(UnpackedPackage& package, const std::string& path) {
  std::erase_if(package.files, [&](const std::string& file) {
    return merged_path(std::string_view(file).substr(1)) == path;
  });
}

bool is_shared(const std::vector<Contender>& contenders, const std::vector<UnpackedPackage>& packages,
               const fs::path& in_place, const fs::path& aside) {
  std::optional<Sha256> first;
  for (const auto& contender : contenders) {
    const auto& control = packages[contender.package].control;
    const auto& other = packages[contenders.front().package].control;
    if (!control.same || control.package != other.package || control.version != other.version) return false;
    const fs::path file = contender.aside.empty() ? in_place : aside / contender.aside;
    if (!fs::is_regular_file(fs::symlink_status(file))) return false;
    const Sha256 digest = sha256_file(file);
    if (first && *first != digest) return false;
    first = digest;
  }
  return true;
}

std::map<std::string, Diversion> read_diversions(const fs::path& tree) {
  SafeFolder folder(tree);
  const auto text = folder.read("var/lib/dpkg/diversions", std::uint64_t{16} << 20);
  std::map<std::string, Diversion> diversions;
  if (!text) return diversions;
  const auto lines = split(*text, '\n');
  for (std::size_t i = 0; i + 2 < lines.size(); i += 3) {
    if (!lines[i].starts_with('/') || !lines[i + 1].starts_with('/')) {
      throw Error(ErrorKind::input, "bad-diversion",
                  "a package wrote a diversion that names no absolute path: " + std::string(lines[i]));
    }
    diversions[merged_path(lines[i].substr(1))] = {merged_path(lines[i + 1].substr(1)),
                                                   std::string(lines[i + 2])};
  }
  return diversions;
}

}  // namespace

std::vector<OpenContest> settle_by_replaces(std::vector<UnpackedPackage>& packages, PathLedger& ledger,
                                            const fs::path& tree, const fs::path& aside) {
  std::vector<OpenContest> open;
  Mover mover(tree, aside);
  for (const auto& [path, found] : ledger.contests()) {
    std::vector<Contender> contenders = found;
    std::sort(contenders.begin(), contenders.end(),
              [](const auto& a, const auto& b) { return a.package < b.package; });
    const std::string place = path + ledger.suffix_of(path);
    if (is_shared(contenders, packages, tree / place, aside)) continue;
    // Of two that replace each other the later one wins, as with dpkg.
    const auto winner = std::find_if(contenders.rbegin(), contenders.rend(), [&](const Contender& candidate) {
      return std::all_of(contenders.begin(), contenders.end(), [&](const Contender& other) {
        return other.package == candidate.package ||
               replaces(packages[candidate.package], packages[other.package]);
      });
    });
    if (winner == contenders.rend()) {
      for (auto& contender : contenders) {
        if (!contender.aside.empty()) continue;
        contender.aside = "open-" + std::to_string(open.size());
        mover.out_of_tree(place, contender.aside);
      }
      open.push_back({path, contenders});
      continue;
    }
    if (!winner->aside.empty()) mover.into_tree(winner->aside, place);
    ledger.set_owner(path, *winner);
    for (const auto& contender : contenders) {
      if (contender.package != winner->package) strike(packages[contender.package], path);
    }
  }
  return open;
}

void refuse_open_contests(const std::vector<OpenContest>& contests,
                          const std::vector<UnpackedPackage>& packages) {
  if (contests.empty()) return;
  std::vector<std::string> names;
  for (const auto& contender : contests.front().contenders)
    names.push_back(packages[contender.package].control.package);
  throw Error(ErrorKind::input, "file-conflict",
              "the packages " + join(names, " and ") + " both bring /" + contests.front().path +
                  ", and none replaces the other",
              "leave one of them out of the manifest");
}

void settle_by_diversions(std::vector<OpenContest>& contests, const std::vector<UnpackedPackage>& packages,
                          PathLedger& ledger, const fs::path& tree, const fs::path& aside) {
  const auto diversions = read_diversions(tree);
  Mover mover(tree, aside);
  std::set<std::string> placed;
  std::erase_if(contests, [&](const OpenContest& contest) {
    const auto diversion = diversions.find(contest.path);
    if (diversion == diversions.end() || contest.contenders.size() != 2) return false;
    const auto is_diverting = [&](const Contender& contender) {
      return packages[contender.package].control.package == diversion->second.package;
    };
    const bool first = is_diverting(contest.contenders[0]);
    if (first == is_diverting(contest.contenders[1])) return false;
    const Contender& keeper = contest.contenders[first ? 0 : 1];
    mover.into_tree(keeper.aside, contest.path);
    mover.into_tree(contest.contenders[first ? 1 : 0].aside, diversion->second.target);
    ledger.set_owner(contest.path, keeper);
    placed.insert(contest.path);
    return true;
  });
  for (const auto& [path, diversion] : diversions) {
    const std::size_t owner = ledger.owner_of(path);
    const bool contested = std::any_of(contests.begin(), contests.end(),
                                       [&wanted = path](const auto& contest) { return contest.path == wanted; });
    if (placed.contains(path) || contested || owner == PathLedger::npos) continue;
    const bool own = packages[owner].control.package == diversion.package;
    const bool there = mover.in_tree(path);
    const bool moved = mover.in_tree(diversion.target);
    if (own && !there && moved) mover.within_tree(diversion.target, path);
    if (!own && there && !moved) mover.within_tree(path, diversion.target);
  }
}

}  // namespace mlrepro
