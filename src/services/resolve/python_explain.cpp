#include "services/resolve/python_explain.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr const char* manifest = "mlrepro.toml";
constexpr std::size_t most_sides = 6;  // of a clash, in one sentence
constexpr std::size_t most_ways = 3;   // in which versions of one project require another, told apart

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
        const std::string& broken = of->candidates[*at].broken;
        entry.message = from + " requires " + wanted.str() + ", but " + version +
                        (broken.empty() ? " needs what cannot be had" : " cannot be used: " + broken);
        return entry;
      }
      from = version;
      wanted = killed->second;
    }
  }

  // What libsolv found: several requirements that each hold alone. Versions of one project that require the
  // same are one side.
  ConflictEntry clash() {
    const std::vector<Side> sides = sides_of_clash();
    // The name that most projects meet in is what they quarrel about.
    std::map<std::string, std::set<std::string>> meeting;
    for (const auto& side : sides)
      meeting[side.target].insert(side.from);
    std::string quarrel;
    for (const auto& [name, from] : meeting) {
      if (quarrel.empty() || from.size() > meeting[quarrel].size()) quarrel = name;
    }
    ConflictEntry entry;
    std::vector<std::string> about;
    for (const auto& side : sides) {
      entry.chain.push_back({side.who(), side.what(), side.to});
      if (side.target != quarrel) continue;
      about.push_back(side.who() + (side.several() ? " require " : " requires ") + side.what());
    }
    if (about.size() > most_sides) {
      const std::string more = std::to_string(about.size() - most_sides + 1) + " more";
      about.resize(most_sides - 1);
      about.push_back(more);
    }
    entry.message = "no version of " + (quarrel.empty() ? std::string("what is asked for") : quarrel) +
                    " satisfies all that require it: " + join(about, "; ");
    entry.suggestion = "loosen one of the requirements in mlrepro.toml that stand at the head of the chain";
    return entry;
  }

  struct Side {
    std::string from;  // project; empty: the manifest
    std::string target;
    std::set<std::string> requirements;
    std::string to;  // what the first of them would take
    python::Version oldest;
    python::Version newest;

    [[nodiscard]] bool several() const { return !from.empty() && oldest != newest; }
    [[nodiscard]] std::string who() const {
      if (from.empty()) return manifest;
      return from + " " + (several() ? oldest.str() + " to " : "") + newest.str();
    }
    [[nodiscard]] std::string what() const {
      return requirements.size() == 1 ? *requirements.begin() : target + " within bounds of their own";
    }
  };

  // From the manifest outwards.
  [[nodiscard]] std::vector<Side> sides_of_clash() const {
    // Projects released in step require each other's versions one by one: those are one side as well.
    std::map<std::pair<std::string, std::string>, std::set<std::string>> ways;
    for (const auto& edge : refusal_.edges)
      ways[{edge.from, edge.requirement.name}].insert(edge.requirement.str());
    std::vector<Side> sides;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (const auto& edge : refusal_.edges) {
      const std::string& target = edge.requirement.name;
      const std::string text = edge.requirement.str();
      const bool many = !edge.from.empty() && ways[{edge.from, target}].size() > most_ways;
      const auto [at, fresh] = places.try_emplace({edge.from, many ? target : text}, sides.size());
      if (fresh) {
        const std::string to = edge.impossible ? "no version fits" : chosen_for(edge.requirement);
        sides.push_back({edge.from, target, {}, to, {}, {}});
      }
      Side& side = sides[at->second];
      side.requirements.insert(text);
      if (fresh || edge.oldest < side.oldest) side.oldest = edge.oldest;
      if (fresh || edge.newest > side.newest) side.newest = edge.newest;
    }
    std::map<std::string, std::size_t> depth{{"", 0}};
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& side : sides) {
        const auto from = depth.find(side.from);
        if (from == depth.end()) continue;
        grew = depth.emplace(side.target, from->second + 1).second || grew;
      }
    }
    const auto far = [&](const Side& side) {
      const auto found = depth.find(side.from);
      return found == depth.end() ? depth.size() : found->second;
    };
    std::stable_sort(sides.begin(), sides.end(),
                     [&](const auto& a, const auto& b) { return far(a) < far(b); });
    return sides;
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
    add(of.source_only, "is", "are", " there as source alone, which is not built");
    add(of.for_other_python, "is", "are", " for another Python");
    add(of.too_new, "is", "are", " newer than exclude-newer");
    add(of.yanked, "is", "are", " yanked");
    add(of.prereleases, "is a", "are", of.prereleases == 1 ? " pre-release" : " pre-releases");
    add(of.constrained, "is", "are", " against the constraint " + of.name + of.constraint);
    add(of.other_files, "has", "have", " no file with a hash that the requirements file allows");
    return why.empty() ? "" : " (" + join(why, ", ") + ")";
  }

  [[nodiscard]] std::string near_version(const PythonProject& of, const std::string& from) const {
    if (of.candidates.empty() && of.source_only > 0)
      return "let " + of.name + " be built: take it out of python.no-build";
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
