// One project as the resolver sees it: its versions that this target could install, best first.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "services/index/pypi_index.hpp"
#include "standards/python/marker.hpp"
#include "standards/python/requirement.hpp"
#include "standards/python/tag.hpp"
#include "standards/python/version.hpp"

namespace mlrepro {

// A dependency that holds on this target.
struct PythonDependency {
  python::Requirement requirement;
  std::string extra;   // the extra of the dependent that asks for it; empty: always
  std::string bounds;  // what the requirement says of versions, as a key for caches

  PythonDependency(python::Requirement wanted, std::string of_extra);
};

struct PythonCandidate {
  python::Version version;
  python::SimpleFile file;   // what this target installs of it: the best wheel, else the source
  bool source = false;       // the file is no wheel
  bool needs_build = false;  // fetched, but only a build would tell the dependencies: none are known
  bool preferred = false;    // the version of the previous lock
  bool moving = false;       // its project is asked to move, before all others
  bool last_resort = false;  // only an upper bound of Requires-Python excludes it
  bool fetched = false;      // `dependencies` and `wheel_size` are known
  std::string broken;        // why its metadata cannot be used; empty: it can
  bool unreadable = false;   // broken for everybody, not only for this interpreter
  std::vector<PythonDependency> dependencies;
  std::vector<std::string> extras;  // that it has; sorted
  std::uint64_t wheel_size = 0;
};

// Why a version is no candidate: how far the best of its files gets, in the order in which they are judged.
enum class Hindrance {
  no_wheel,      // none for this target
  source_only,   // a source that is not to be built
  other_python,  // its Requires-Python, on the page or in the metadata, refuses this interpreter
  too_new,
  yanked,
  prerelease,
  constrained,
  other_file,  // no file has an allowed hash
  unreadable   // metadata that cannot be had or read; of candidates alone
};

struct LeftOut {
  python::Version version;
  Hindrance why = Hindrance::no_wheel;
};

struct PythonProject {
  std::string name;                         // normalised
  std::string index;                        // logical source
  bool known = false;                       // an index has it
  std::string direct_url;                   // not empty: it comes from there, and from no index
  std::vector<PythonCandidate> candidates;  // in order of preference
  // Why versions are no candidates, for messages: how many got as far as that and no further.
  std::size_t without_wheel = 0;
  std::size_t source_only = 0;  // a source is there, but this project is taken as a wheel alone
  std::size_t for_other_python = 0;
  std::size_t too_new = 0;
  std::size_t yanked = 0;
  std::size_t prereleases = 0;
  std::size_t constrained = 0;
  std::size_t other_files = 0;  // none of their files has an allowed hash
  std::string constraint;
  std::vector<LeftOut> left_out;     // by version
  std::size_t unreadable_files = 0;  // their names tell no version
};

struct PythonTarget {
  python::MarkerEnvironment environment;
  python::SupportedTags tags;
  python::Version python_version;
  // By name: what stands for every requirement on it, whoever asks. An empty list drops them (an override
  // whose marker does not hold here).
  std::map<std::string, std::vector<python::Requirement>> overrides;
};

// The requirement itself, or what overrides it, markers removed.
[[nodiscard]] std::vector<python::Requirement> overridden(python::Requirement requirement,
                                                          const PythonTarget& target);

struct CandidatePolicy {
  std::string prereleases;            // never | explicit | stable-first | allow
  bool named_prerelease = false;      // a requirement of the manifest names a pre-release of this project
  std::vector<python::Version> pins;  // exact pins of the manifest, which alone admit yanked files
  std::optional<UnixTime> exclude_newer;
  std::optional<std::string> preferred;  // version of the previous lock
  bool moving = false;                   // the project is asked to move
  python::SpecifierSet constraint;
  std::vector<Sha256> files;  // where not empty: the only ones that may be taken; sorted
  bool wheels = true;         // wheels count
  bool sources = false;       // sources count, where a version has no wheel that does
};

// A version's file is its best wheel; its source where it has no wheel that counts and the policy allows
// sources. Files that are neither, are yanked or too new (or of unknown age where that is asked) are left
// out. Order: the preferred version, then those that are not yanked, those without `last_resort`, stable
// before pre-releases where the policy says so, then newest first. Throws Error(input, "no-upload-times")
// where exclude_newer is asked of a page that tells none.
[[nodiscard]] PythonProject make_project(const std::string& name, const ProjectPage& page,
                                         const PythonTarget& target, const CandidatePolicy& policy);

// Fills in what the metadata says; a candidate whose Requires-Python refuses this target or whose
// requirements cannot be read becomes `broken`. The page may not have told Requires-Python: an upper bound
// that refuses makes it a last resort, which stays where it is in the order of candidates.
void take_metadata(PythonCandidate& candidate, const WheelMetadata& metadata, const PythonTarget& target);

}  // namespace mlrepro
