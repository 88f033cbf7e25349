// What the resolver knows of the indexes, and what it reads next. What is read depends on the indexes'
// content and on nothing else: answers come in any order.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.hpp"
#include "services/resolve/python_problem.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/resolve/python_source.hpp"

namespace mlrepro {

class PythonReader {
 public:
  // All that is given must outlive the reader.
  PythonReader(const PythonRequest& request, const PythonTarget& target,
               const std::vector<PythonDependency>& jobs, const std::vector<python::Requirement>& constraints,
               PythonSource& source, Progress& progress);

  // Before anything is read: no file uploaded later counts.
  void exclude_newer(UnixTime time) { exclude_newer_ = time; }
  // Pages and metadata of the version that each requirement, by itself, would take, from the manifest down.
  void read_newest();
  // Metadata that the answer rests on and that is not known, with probes around it, and the pages that turn
  // up. Returns whether there was anything.
  bool read_unknown(const PythonAnswer& answer);
  // The same where guesses led nowhere: each time twice as many versions of a project, in order of
  // preference, since a conflict is one only when all are known.
  bool read_widely(const PythonAnswer& answer);
  // Where nothing chosen is unknown: versions that might be better than those, once for each. Returns whether
  // there was one.
  bool read_untried(const PythonAnswer& answer);
  // Tells the builder of the chosen sources that are at hand.
  void expect_builds(const PythonAnswer& answer);
  // Where nothing else is unknown: the chosen versions whose dependencies only a build tells are built for
  // them. Returns whether there was one.
  bool build_unknown(const PythonAnswer& answer);
  // What the lock must hold of the chosen files and their pages do not tell. Throws Error(input,
  // "hash-mismatch") for a file that the manifest's hashes do not name.
  void identify(const PythonAnswer& answer);
  // Pages of projects that known metadata names. Returns whether there was one.
  bool read_missing_pages();

  [[nodiscard]] const PythonProjects& projects() const noexcept { return projects_; }

 private:
  // The chosen sources that come from an index and are at hand.
  struct ChosenSources {
    std::vector<CandidateRef> refs;   // of `unknown`
    std::vector<SourceFile> unknown;  // only a build tells what they require
    std::vector<SourceFile> beside;   // they say it
  };
  [[nodiscard]] ChosenSources sources_of(const PythonAnswer& answer) const;
  [[nodiscard]] CandidatePolicy policy_for(const std::string& name) const;
  void ask_page(const std::string& name);
  void ask_metadata(const CandidateRef& ref);
  // Whether it names a URL that is none of the manifest's: no index is asked for it.
  [[nodiscard]] bool is_nowhere(const python::Requirement& requirement) const {
    return !requirement.url.empty() && !request_.direct.contains(requirement.name);
  }
  void stream(const python::Requirement& requirement);
  void pick(const python::Requirement& requirement);
  void follow(const CandidateRef& ref, const std::vector<std::string>& extras);
  bool read(const std::set<CandidateRef>& wanted);
  void add_with_probes(const CandidateRef& ref, std::set<CandidateRef>& wanted);
  void want(const python::Requirement& requirement);
  void step() { progress_.update("python packages", ++steps_, 0, Unit::items); }

  const PythonRequest& request_;
  const PythonTarget& target_;
  const std::vector<PythonDependency>& jobs_;
  const std::vector<python::Requirement>& constraints_;
  PythonSource& source_;
  Progress& progress_;
  std::optional<UnixTime> exclude_newer_;
  PythonProjects projects_;
  std::set<std::string> asked_;                     // pages
  std::set<CandidateRef> reading_;                  // metadata
  std::set<CandidateRef> doubted_;                  // by read_untried()
  std::map<std::string, std::size_t> heavy_width_;  // of the last add_with_probes() for heavy wheels
  std::map<std::string, std::size_t> width_;        // of the last read_widely(), by project
  std::uint64_t steps_ = 0;
  // While read_newest() runs: what waits for a page, and for metadata.
  bool streaming_ = false;
  std::set<std::string> streamed_;
  std::map<std::string, std::vector<python::Requirement>> for_page_;
  std::map<CandidateRef, std::vector<std::vector<std::string>>> for_metadata_;
  // What known metadata leads to.
  std::set<std::string> names_;
  std::set<std::pair<std::string, std::string>> extras_;
  std::vector<CandidateRef> fresh_;  // not yet looked at
};

}  // namespace mlrepro
