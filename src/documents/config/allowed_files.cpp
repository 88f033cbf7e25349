#include "documents/config/allowed_files.hpp"

#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "base/sorted.hpp"

namespace mlrepro {

std::map<std::string, std::vector<Sha256>> files_allowed_by(const std::vector<AllowedFiles>& lines) {
  std::map<std::string, std::map<std::string, AllowedFiles>> by_marker;
  for (const auto& line : lines) {
    auto digests = sorted_unique(line.digests);
    const auto [at, fresh] = by_marker[line.name].try_emplace(line.marker, line);
    AllowedFiles& known = at->second;
    if (fresh) {
      known.digests = std::move(digests);
      continue;
    }
    std::vector<Sha256> both;
    std::set_intersection(known.digests.begin(), known.digests.end(), digests.begin(), digests.end(),
                          std::back_inserter(both));
    if (both.empty()) {
      throw Error(ErrorKind::input, "bad-requirements",
                  known.place + " and " + line.place + " allow no file of " + line.name + " in common",
                  "a file has to be allowed by every line that gives hashes");
    }
    known.digests = std::move(both);
  }
  std::map<std::string, std::vector<Sha256>> out;
  for (auto& [name, rules] : by_marker) {
    auto& allowed = out[name];
    if (const auto always = rules.find(""); always != rules.end()) {
      allowed = std::move(always->second.digests);
      continue;
    }
    for (const auto& [marker, rule] : rules)
      allowed.insert(allowed.end(), rule.digests.begin(), rule.digests.end());
    sort_unique(allowed);
  }
  return out;
}

}  // namespace mlrepro
