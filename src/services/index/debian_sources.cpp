#include <algorithm>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/index/apt_sources.hpp"
#include "services/index/debian_index.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 2> companions{"-updates", "-security"};

// "bookworm-security" -> "bookworm"; other endings (-backports, -proposed) belong to no one's companions.
std::string base_suite(const std::string& suite) {
  for (const auto ending : companions) {
    if (suite.ends_with(ending)) return suite.substr(0, suite.size() - ending.size());
  }
  return suite;
}

std::vector<std::string> keyrings_of(const std::string& signed_by, const fs::path& apt_folder) {
  if (signed_by.empty()) return trusted_keyrings(apt_folder);
  return {signed_by};
}

// The suite that the machine itself runs on: the first source's that has a companion, else the first
// source's.
std::string machine_suite(const std::vector<AptSource>& sources) {
  for (const auto& source : sources) {
    const std::string base = base_suite(source.suite);
    if (base != source.suite) return base;
  }
  return sources.empty() ? "" : sources.front().suite;
}

std::vector<DebianSource> configured(const OsConfig& os, const fs::path& apt_folder) {
  std::vector<DebianSource> sources;
  for (const auto& index : os.indexes) {
    std::string uri = index.url;
    while (uri.ends_with('/'))
      uri.pop_back();
    const auto suites = index.suites.empty() ? std::vector<std::string>{os.suite} : index.suites;
    const auto components = index.components.empty() ? std::vector<std::string>{"main"} : index.components;
    for (const auto& suite : suites) {
      sources.push_back({uri, suite, components,
                         keyrings_of(index.signed_by ? index.signed_by->string() : "", apt_folder)});
    }
  }
  return sources;
}

}  // namespace

std::vector<DebianSource> debian_sources(const OsConfig& os, const fs::path& apt_folder) {
  if (!os.indexes.empty()) return configured(os, apt_folder);
  const auto machine = read_apt_sources(apt_folder);
  const auto offers = [&](const std::string& suite) {
    return std::any_of(machine.begin(), machine.end(),
                       [&](const AptSource& source) { return source.suite == suite; });
  };
  // The same mirror serves the other suites of its distribution under names formed alike.
  const std::string from = offers(os.suite) ? os.suite : machine_suite(machine);
  std::vector<DebianSource> sources;
  for (const auto& source : machine) {
    if (base_suite(source.suite) != from) continue;
    const std::string suite = os.suite + source.suite.substr(from.size());
    const bool known = std::any_of(sources.begin(), sources.end(), [&](const DebianSource& other) {
      return other.uri == source.uri && other.suite == suite;
    });
    if (!known)
      sources.push_back({source.uri, suite, source.components, keyrings_of(source.signed_by, apt_folder)});
  }
  if (sources.empty()) {
    throw Error(ErrorKind::surroundings, "no-os-index",
                "apt's sources in " + apt_folder.string() + " name no archive for the suite " + os.suite,
                "name one in mlrepro.toml under [[os.index]]: url, suites, components, signed-by");
  }
  return sources;
}

std::map<std::string, std::vector<std::string>> archive_uris(const std::vector<LockedRelease>& releases,
                                                             const std::vector<DebianSource>& sources) {
  std::map<std::string, std::vector<std::string>> uris;
  for (const auto& release : releases) {
    for (const auto& source : sources) {
      if (source.suite == release.suite) uris[release.source].push_back(source.uri);
    }
  }
  return uris;
}

}  // namespace mlrepro
