#include "services/index/debian_sources.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/index/apt_sources.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 2> companions{"-updates", "-security"};
// Debian's development suites, which have no companions.
constexpr std::array<std::string_view, 4> alone{"sid", "unstable", "experimental", "rc-buggy"};

// "bookworm-security" -> "bookworm"; other endings (-backports, -proposed) make a suite of its own.
std::string base_suite(const std::string& suite) {
  for (const auto ending : companions)
    if (suite.ends_with(ending)) return suite.substr(0, suite.size() - ending.size());
  return suite;
}

bool is_fingerprint(std::string_view word) {
  if (word.ends_with('!')) word.remove_suffix(1);
  return word.size() >= 16 && word.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

void set_keys(DebianSource& source, const std::string& signed_by, const fs::path& apt_folder) {
  if (signed_by.find("-----BEGIN PGP") != std::string::npos) {
    source.keyrings.push_back(signed_by);
    return;
  }
  for (const auto word : split_words(signed_by)) {
    if (is_fingerprint(word)) {
      source.only_keys.push_back(upper_case(word));
    } else {
      source.keyrings.emplace_back(word);
    }
  }
  if (source.keyrings.empty()) source.keyrings = trusted_keyrings(apt_folder);
}

// The suite that the machine itself runs on: one that stands there with a companion; else that of an archive
// whose folder is named after the distribution; else the first.
std::string machine_suite(const std::vector<AptSource>& sources, const std::string& distribution) {
  const auto offered = [&](const std::string& suite) {
    return std::any_of(sources.begin(), sources.end(),
                       [&](const AptSource& source) { return source.suite == suite; });
  };
  for (const auto& source : sources)
    if (const std::string base = base_suite(source.suite); base != source.suite && offered(base)) return base;
  for (const auto& source : sources)
    if (source.uri.ends_with("/" + distribution)) return base_suite(source.suite);
  return sources.empty() ? "" : base_suite(sources.front().suite);
}

bool stands_alone(const std::string& suite) {
  return std::find(alone.begin(), alone.end(), suite) != alone.end();
}

// By whose name archives that keep states go. Debian's security updates are an archive of their own,
// Ubuntu's are not.
std::string archive_name(const OsConfig& os, const std::string& suite) {
  const bool security = suite.ends_with("-security") || suite.ends_with("/updates");
  return os.distribution == "debian" && security ? "debian-security" : os.distribution;
}

// The suites of one index that names none.
std::vector<std::string> usual_suites(const OsConfig& os, bool extra) {
  std::vector<std::string> suites{os.suite};
  if (extra) return suites;
  // Ubuntu keeps them in the same archive; Debian's security updates lie in another.
  if (os.distribution == "ubuntu") {
    for (const auto ending : companions)
      suites.push_back(os.suite + std::string(ending));
  }
  suites.insert(suites.end(), os.suites.begin(), os.suites.end());
  return suites;
}

std::vector<DebianSource> configured(const OsConfig& os, const fs::path& apt_folder) {
  std::vector<DebianSource> sources;
  for (const auto& index : os.indexes) {
    DebianSource source;
    source.uri = index.url;
    while (source.uri.ends_with('/'))
      source.uri.pop_back();
    source.components = index.components.empty() ? std::vector<std::string>{"main"} : index.components;
    if (index.signed_by) {
      source.keyrings.push_back(index.signed_by->string());
    } else {
      source.keyrings = trusted_keyrings(apt_folder);
    }
    source.snapshot = index.snapshot.value_or(index.extra ? "" : os.snapshot.value_or(""));
    for (const auto& suite : index.suites.empty() ? usual_suites(os, index.extra) : index.suites) {
      source.suite = suite;
      source.archive = archive_name(os, suite);
      sources.push_back(source);
    }
  }
  return sources;
}

DebianSource source_of(const AptSource& apt, std::string suite, const OsConfig& os,
                       const fs::path& apt_folder) {
  DebianSource source;
  source.uri = apt.uri;
  source.suite = std::move(suite);
  source.components = apt.components;
  source.origin = os.distribution;
  source.snapshot = os.snapshot.value_or("");
  source.archive = archive_name(os, source.suite);
  set_keys(source, apt.signed_by, apt_folder);
  return source;
}

// The machine's own line for a further suite, else the mirrors that serve the suite itself.
void add_further(std::vector<DebianSource>& sources, const std::vector<AptSource>& machine,
                 const std::string& from, const OsConfig& os, const fs::path& apt_folder) {
  for (const auto& suite : os.suites) {
    const bool own =
        std::any_of(machine.begin(), machine.end(), [&](const AptSource& apt) { return apt.suite == suite; });
    for (const auto& apt : machine) {
      if (apt.suite == (own ? suite : from)) add_source(sources, source_of(apt, suite, os, apt_folder));
    }
  }
}

std::vector<DebianSource> of_machine(const OsConfig& os, const fs::path& apt_folder) {
  const auto machine = read_apt_sources(apt_folder);
  const bool own = std::any_of(machine.begin(), machine.end(),
                               [&](const AptSource& source) { return source.suite == os.suite; });
  // The same mirror serves the other suites of its distribution under names formed alike.
  const std::string from = own ? os.suite : machine_suite(machine, os.distribution);
  std::vector<DebianSource> sources;
  for (const auto& apt : machine) {
    // "name/" is a folder of packages without suite.
    if (apt.suite.ends_with('/') || (apt.suite != from && base_suite(apt.suite) != from)) continue;
    if (!own && apt.suite != from && stands_alone(os.suite)) continue;
    add_source(sources, source_of(apt, os.suite + apt.suite.substr(from.size()), os, apt_folder));
  }
  if (sources.empty()) {
    throw Error(ErrorKind::surroundings, "no-os-index",
                "apt's sources in " + apt_folder.string() + " name no archive for the suite " + os.suite,
                "name one in mlrepro.toml under [[os.index]]: url, suites, components, signed-by");
  }
  add_further(sources, machine, from, os, apt_folder);
  return sources;
}

}  // namespace

void add_source(std::vector<DebianSource>& sources, DebianSource source) {
  const auto same = std::find_if(sources.begin(), sources.end(), [&](const DebianSource& other) {
    return other.uri == source.uri && other.suite == source.suite;
  });
  if (same == sources.end()) {
    sources.push_back(std::move(source));
    return;
  }
  for (auto& component : source.components) {
    auto& known = same->components;
    if (std::find(known.begin(), known.end(), component) == known.end())
      known.push_back(std::move(component));
  }
}

std::vector<DebianSource> debian_sources(const OsConfig& os, const fs::path& apt_folder) {
  const bool replaced = std::any_of(os.indexes.begin(), os.indexes.end(),
                                    [](const OsIndexConfig& index) { return !index.extra; });
  std::vector<DebianSource> sources;
  if (!replaced) sources = of_machine(os, apt_folder);
  for (auto& source : configured(os, apt_folder))
    sources.push_back(std::move(source));
  return sources;
}

}  // namespace mlrepro
