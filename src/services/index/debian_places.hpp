// Where the files of a Debian lock may lie: mirrors that the manifest names, the configured archives, and
// archives that keep every state. None of it decides what is locked.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "services/index/debian_sources.hpp"

namespace mlrepro {

// The sources as they were at `time`: those with a template name the archive of that time. The others stay,
// and their suites are added to `without_past`.
[[nodiscard]] std::vector<DebianSource> sources_as_of(std::vector<DebianSource> sources, UnixTime time,
                                                      std::vector<std::string>& without_past);

// "{archive}", "{suite}" and "{timestamp}" (YYYYMMDDTHHMMSSZ) of a template filled in.
[[nodiscard]] std::string past_archive(const DebianSource& source, UnixTime time);

class DebianPlaces {
 public:
  DebianPlaces(const OsConfig& os, const std::vector<DebianSource>& sources,
               const std::vector<LockedRelease>& releases);

  // URLs of a pool file of that logical source, in the order of asking: mirrors (a folder may also hold the
  // files themselves, without a pool), configured archives, archives of the time of the locked Release.
  // Empty: nothing is known.
  [[nodiscard]] std::vector<std::string> urls_of(const std::string& source, const std::string& path) const;

 private:
  std::vector<std::string> mirrors_;
  std::map<std::string, std::vector<std::string>> archives_;  // by logical source
};

// The roots of archives that may still serve dists/ as it was locked, the configured ones first.
[[nodiscard]] std::vector<std::string> archives_of(const LockedRelease& release,
                                                   const std::vector<DebianSource>& sources);

}  // namespace mlrepro
