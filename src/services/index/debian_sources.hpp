// The archives to ask, and for which suites: sources.list(5).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "documents/config/manifest.hpp"

namespace mlrepro {

struct DebianSource {  // one archive and suite
  std::string uri;     // without a trailing '/'
  std::string suite;
  std::vector<std::string> components;
  std::vector<std::string> keyrings;  // files from Signed-By, or the text of an embedded key block
  // Where not empty, the only keys whose signatures count: fingerprints that Signed-By names.
  std::vector<std::string> only_keys = {};
  // Set for the machine's own sources: the distribution. Where a suite is served by an archive of that
  // Origin, other archives that happen to use the suite's name (third parties') are left out of it.
  std::string origin = {};
  // Of an archive that keeps every state (see past_archive); empty: it has no past.
  std::string snapshot = {};
  std::string archive = {};  // what "{archive}" stands for: "debian", "debian-security"
  // Where set, this is the archive's state at that time: dates and keys are judged as of then.
  std::optional<UnixTime> as_of = {};
};

// What the manifest's [[os.index]] or else the machine's apt sources offer for `os.suite`: the suite itself,
// its -updates and its -security companion where the sources show them (also when the machine's own suite is
// another), then `os.suites` from the same archive, then indexes marked `extra`. Throws Error(surroundings,
// "no-os-index") that names the key to set where nothing fits.
[[nodiscard]] std::vector<DebianSource> debian_sources(const OsConfig& os,
                                                       const std::filesystem::path& apt_folder);

// The same archive and suite may stand several times: its components are joined.
void add_source(std::vector<DebianSource>& sources, DebianSource source);

}  // namespace mlrepro
