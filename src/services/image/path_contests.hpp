// Paths that several packages bring: decided as dpkg would, by Replaces and by diversions; anything else is
// refused.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "services/image/deb_unpacker.hpp"
#include "services/image/path_ledger.hpp"

namespace mlrepro {

struct OpenContest {  // every contender lies aside
  std::string path;
  std::vector<PathLedger::Contender> contenders;
};

// Puts the winners of Replaces (policy section 7.6.1) in place and strikes the path from the losers' lists;
// the same file of a Multi-Arch: same package for two architectures is shared. Returns what only a diversion
// can settle: nothing lies in place there.
[[nodiscard]] std::vector<OpenContest> settle_by_replaces(std::vector<UnpackedPackage>& packages,
                                                          PathLedger& ledger,
                                                          const std::filesystem::path& tree,
                                                          const std::filesystem::path& aside);

// After preinsts: gives each contender the place that dpkg's diversions file names (such contests leave the
// list), moves what was diverted without --rename, and moves back what a package diverted from under its own
// file. May be called again.
void settle_by_diversions(std::vector<OpenContest>& contests, const std::vector<UnpackedPackage>& packages,
                          PathLedger& ledger, const std::filesystem::path& tree,
                          const std::filesystem::path& aside);

// Throws Error(input, "file-conflict") naming the packages and the path, where a contest is left.
void refuse_open_contests(const std::vector<OpenContest>& contests,
                          const std::vector<UnpackedPackage>& packages);

}  // namespace mlrepro
