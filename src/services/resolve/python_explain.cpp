#include "services/resolve/python_explain.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr const char* manifest = "mlrepro.toml";

class Explanation {
 public:
  Explanation(const PythonRefusal& refusal, const PythonProjects& projects,
              const std::vector<PythonDependency>& jobs)
      : refusal_(refusal), projects_(projects), jobs_(jobs) {}

  Conflict make() {
    Conflict conflict;
    for (const auto& job : refusal_.failing_jobs)
      conflict.conflicts.push_back(follow(job));
    if (conflict.conflicts.empty()) conflict.conflicts.push_back(clash());
    return conflict;
  }

 private:
  [[nodiscard]] const PythonProject* project(const std::string& name) const {
    const auto found = projects_.find(name);
    return found == projects_.end() ? nullptr : &found->second;
  }

  // The best version that `requirement` itself would take, alive or not.
  [[nodiscard]] static std::optional<std::size_t> best(const PythonProject& of,
                                                       const python::Requirement& requirement) {
    for (std::size_t i = 0; i < of.candidates.size(); ++i) {
      if (requirement.specifiers.contains(of.candidates[i].version)) return i;
    }
    return std::nullopt;
  }

  // From a wish of the manifest along what killed each version, to a requirement that no version meets.
  ConflictEntry follow(const python::Requirement& job) {
    ConflictEntry entry;
    std::string from = manifest;
    python::Requirement wanted = job;
    std::set<CandidateRef> seen;
    for (;;) {
      if (!wanted.url.empty()) {
        entry.chain.push_back({from, wanted.str(), "not from an index"});
        entry.message = from + " requires " + wanted.str() + ", but only indexes are read";
        return entry;
      }
      const PythonProject* of = project(wanted.name);
      if (of == nullptr || !of->known) {
        entry.chain.push_back({from, wanted.str(), "no project " + wanted.name});
        entry.message = "the index has no project \"" + wanted.name + "\"";
        entry.suggestion = near_name(wanted.name);
        return entry;
      }
      const auto at = best(*of, wanted);
      if (!at) {
        entry.chain.push_back({from, wanted.str(), "no version of " + wanted.name + " fits"});
        entry.message = from + " requires " + wanted.str() + ", but no version of " + wanted.name + " fits" +
                        reasons(*of);
        entry.suggestion = near_version(*of, from);
        return entry;
      }
      const CandidateRef ref{wanted.name, *at};
      const std::string version = wanted.name + " " + of->candidates[*at].version.str();
      entry.chain.push_back({from, wanted.str(), version});
      const auto killed = refusal_.killed_by.find(ref);
      if (killed == refusal_.killed_by.end() || !seen.insert(ref).second) {
        const bool broken = of->candidates[*at].broken;
        entry.message = from + " requires " + wanted.str() + ", but " + version +
                        (broken ? " cannot be used: its metadata refuses this interpreter or cannot be read"
                                : " needs what cannot be had");
        return entry;
      }
      from = version;
      wanted = killed->second;
    }
  }

  // What libsolv found: several requirements that each hold alone.
  ConflictEntry clash() {
    ConflictEntry entry;
    std::vector<std::string> sides;
    for (const auto& edge : refusal_.edges) {
      const std::string from = edge.from.empty() ? manifest : edge.from + " " + edge.version;
      entry.chain.push_back(
          {from, edge.requirement.str(), edge.impossible ? "no version fits" : chosen_for(edge.requirement)});
      sides.push_back(from + " requires " + edge.requirement.str());
    }
    // The name that most of the requirements meet in is what they quarrel about.
    std::map<std::string, int> count;
    for (const auto& edge : refusal_.edges)
      ++count[edge.requirement.name];
    std::string quarrel;
    for (const auto& [name, times] : count) {
      if (quarrel.empty() || times > count[quarrel]) quarrel = name;
    }
    std::vector<std::string> about;
    for (std::size_t i = 0; i < refusal_.edges.size(); ++i) {
      if (refusal_.edges[i].requirement.name == quarrel) about.push_back(sides[i]);
    }
    entry.message = "no version of " + (quarrel.empty() ? std::string("what is asked for") : quarrel) +
                    " satisfies all that require it: " + join(about.empty() ? sides : about, "; ");
    entry.suggestion = "loosen one of the requirements in mlrepro.toml that stand at the head of the chain";
    return entry;
  }

  [[nodiscard]] std::string chosen_for(const python::Requirement& requirement) const {
    const PythonProject* of = project(requirement.name);
    const auto at = of == nullptr ? std::nullopt : best(*of, requirement);
    return at ? requirement.name + " " + of->candidates[*at].version.str() : "no version fits";
  }

  [[nodiscard]] static std::string reasons(const PythonProject& of) {
    std::vector<std::string> why;
    const auto add = [&](std::size_t count, const char* singular, const char* plural,
                         const std::string& what) {
      if (count > 0) {
        why.push_back(std::to_string(count) + (count == 1 ? " version " : " versions ") +
                      (count == 1 ? singular : plural) + what);
      }
    };
    add(of.without_wheel, "has", "have", " no wheel for this target");
    add(of.for_other_python, "is", "are", " for another Python");
    add(of.too_new, "is", "are", " newer than exclude-newer");
    add(of.yanked, "is", "are", " yanked");
    add(of.prereleases, "is a", "are", of.prereleases == 1 ? " pre-release" : " pre-releases");
    add(of.constrained, "is", "are", " against the constraint " + of.name + of.constraint);
    return why.empty() ? "" : " (" + join(why, ", ") + ")";
  }

  [[nodiscard]] std::string near_version(const PythonProject& of, const std::string& from) const {
    if (of.candidates.empty()) return "choose another package: " + of.name + " has nothing for this target";
    const auto newest = std::max_element(of.candidates.begin(), of.candidates.end(),
                                         [](const auto& a, const auto& b) { return a.version < b.version; });
    const auto oldest = std::min_element(of.candidates.begin(), of.candidates.end(),
                                         [](const auto& a, const auto& b) { return a.version < b.version; });
    const std::string range =
        of.name + " is there from " + oldest->version.str() + " to " + newest->version.str();
    return from == manifest ? range + "; change the requirement in mlrepro.toml"
                            : range + "; ask for another version of " + from.substr(0, from.find(' '));
  }

  [[nodiscard]] std::string near_name(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& [other, of] : projects_) {
      if (of.known) known.push_back(other);
    }
    const auto near = nearest(name, known);
    if (near) return "did you mean " + *near + "?";
    const bool asked = std::any_of(jobs_.begin(), jobs_.end(),
                                   [&](const auto& job) { return job.requirement.name == name; });
    return asked ? "check its spelling in mlrepro.toml" : "";
  }

  const PythonRefusal& refusal_;
  const PythonProjects& projects_;
  const std::vector<PythonDependency>& jobs_;
};

}  // namespace

Conflict explain_python(const PythonRefusal& refusal, const PythonProjects& projects,
                        const std::vector<PythonDependency>& jobs) {
  return Explanation(refusal, projects, jobs).make();
}

}  // namespace mlrepro
