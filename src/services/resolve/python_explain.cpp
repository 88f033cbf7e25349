#include "services/resolve/python_explain.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "services/resolve/python_barrier.hpp"

namespace mlrepro {
namespace {

constexpr const char* manifest = "mlrepro.toml";
constexpr std::size_t most_sides = 6;  // of a clash, in one sentence
constexpr std::size_t most_ways = 3;   // in which versions of one project require another, told apart

// Who requires what; versions of one project that require the same are one side.
struct Side {
  std::string from;  // project; empty: the manifest
  std::string target;
  std::set<std::string> requirements;
  std::vector<python::Requirement> wanted;
  std::string to;  // what the first of them would take
  python::Version oldest;
  python::Version newest;
  bool leaf = false;  // nothing meets it

  [[nodiscard]] bool several() const { return !from.empty() && oldest != newest; }
  [[nodiscard]] std::string who() const {
    if (from.empty()) return manifest;
    return from + " " + (several() ? oldest.str() + " to " : "") + newest.str();
  }
  [[nodiscard]] std::string what() const {
    return requirements.size() == 1 ? *requirements.begin() : target + " within bounds of their own";
  }
  [[nodiscard]] std::string require() const { return several() ? " require " : " requires "; }
};

const PythonProject* find(const PythonProjects& projects, const std::string& name) {
  const auto found = projects.find(name);
  return found == projects.end() ? nullptr : &found->second;
}

// The best version that `requirement` itself would take.
const PythonCandidate* best(const PythonProjects& projects, const python::Requirement& requirement) {
  const PythonProject* of = find(projects, requirement.name);
  if (of == nullptr || (!requirement.url.empty() && requirement.url != of->direct_url)) return nullptr;
  for (const auto& candidate : of->candidates) {
    if (candidate.broken.empty() && requirement.specifiers.contains(candidate.version)) return &candidate;
  }
  return nullptr;
}

std::string end_of(const PythonProjects& projects, const python::Requirement& requirement) {
  const PythonProject* of = find(projects, requirement.name);
  if (!requirement.url.empty() && (of == nullptr || requirement.url != of->direct_url))
    return "not from an index";
  if (of == nullptr || !of->known) return "no project " + requirement.name;
  const PythonCandidate* taken = best(projects, requirement);
  return taken == nullptr ? "no version of " + requirement.name + " fits"
                          : requirement.name + " " + taken->version.str();
}

// From the manifest outwards.
std::vector<Side> sides_of(const PythonCore& core, const PythonProjects& projects) {
  std::vector<PythonRefusal::Edge> edges;
  for (const auto& job : core.jobs)
    edges.push_back({"", {}, {}, job, false});
  edges.insert(edges.end(), core.edges.begin(), core.edges.end());
  // Projects released in step require each other's versions one by one: those are one side as well.
  std::map<std::pair<std::string, std::string>, std::set<std::string>> ways;
  for (const auto& edge : edges)
    ways[{edge.from, edge.requirement.name}].insert(edge.requirement.str());
  std::vector<Side> sides;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const auto& edge : edges) {
    const std::string& target = edge.requirement.name;
    const std::string text = edge.requirement.str();
    const bool many = !edge.from.empty() && ways[{edge.from, target}].size() > most_ways;
    const auto [at, fresh] = places.try_emplace({edge.from, many ? target : text}, sides.size());
    if (fresh) {
      const bool leaf = best(projects, edge.requirement) == nullptr;
      sides.push_back({edge.from, target, {}, {}, end_of(projects, edge.requirement), {}, {}, leaf});
    }
    Side& side = sides[at->second];
    if (side.requirements.insert(text).second) side.wanted.push_back(edge.requirement);
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
  std::stable_sort(sides.begin(), sides.end(), [&](const auto& a, const auto& b) { return far(a) < far(b); });
  return sides;
}

std::string quarrel_of(const std::vector<Side>& sides) {
  std::map<std::string, std::set<std::string>> meeting;
  for (const auto& side : sides) {
    if (side.leaf) return side.target;
    meeting[side.target].insert(side.who() + side.what());
  }
  std::string quarrel;
  for (const auto& [name, from] : meeting) {
    if (quarrel.empty() || from.size() > meeting[quarrel].size()) quarrel = name;
  }
  return quarrel;
}

class Telling {
 public:
  Telling(const PythonCore& core, const PythonScene& scene)
      : core_(core), scene_(scene), sides_(sides_of(core, scene.projects)) {}

  ConflictEntry tell() {
    ConflictEntry entry;
    for (const auto& side : sides_)
      entry.chain.push_back({side.who(), side.what(), side.to});
    tell_barriers(entry.chain);
    std::vector<const Side*> leaves;
    for (const auto& side : sides_) {
      if (side.leaf) leaves.push_back(&side);
    }
    entry.message = leaves.empty()       ? clash()
                    : leaves.size() == 1 ? dead_end(*leaves.front())
                                         : dead_ends(leaves);
    return entry;
  }

 private:
  void tell_barriers(std::vector<ConflictLink>& chain) {
    std::vector<ConflictLink> grounds;
    for (const auto& barrier : core_.barriers) {
      for (auto& story :
           tell_barrier(barrier, scene_.request, scene_.target, scene_.projects, scene_.source)) {
        chain.push_back(std::move(story.link));
        words_[barrier.project].push_back(std::move(story.words));
        const auto same = [&](const auto& ground) {
          return ground.requirement == story.ground.requirement && ground.to == story.ground.to;
        };
        if (!story.ground.from.empty() && std::none_of(grounds.begin(), grounds.end(), same))
          grounds.push_back(std::move(story.ground));
      }
    }
    // A requirement that the manifest has of the ground stands once, at the end.
    for (auto& ground : grounds) {
      if (ground.requirement.starts_with("os.suite") || ground.requirement.starts_with("python.version"))
        here_ = ground.to;
      chain.push_back(std::move(ground));
    }
  }

  [[nodiscard]] std::string why_not(const std::string& project) const {
    const auto found = words_.find(project);
    return found == words_.end() ? "" : join(found->second, ", ");
  }

  // Nothing meets one requirement.
  [[nodiscard]] std::string dead_end(const Side& side) const {
    const PythonProject* of = find(scene_.projects, side.target);
    const std::string asks = side.who() + side.require() + side.what();
    const std::string& url = side.wanted.front().url;
    if (!url.empty() && of != nullptr && !of->direct_url.empty() && of->direct_url != url)
      return asks + ", but " + side.target + " comes from " + of->direct_url;
    if (!url.empty() && (of == nullptr || of->direct_url.empty()))
      return asks +
             ", but what packages of an index say of URLs is not followed: name it in python.requirements";
    if (of == nullptr || !of->known) return "the index has no project \"" + side.target + "\"";
    const std::string why = why_not(side.target);
    if (!why.empty()) return asks + ", but " + why + and_here();
    return asks + ", but no version of " + side.target + " fits" + there_is(*of);
  }

  [[nodiscard]] std::string and_here() const { return here_.empty() ? "" : ", and there is " + here_; }

  [[nodiscard]] std::string dead_ends(const std::vector<const Side*>& leaves) const {
    std::vector<std::string> texts;
    for (const auto* side : leaves) {
      if (texts.size() < most_sides) texts.push_back(dead_end(*side));
    }
    return "nothing meets " + core_.jobs.front().str() + ": " + join(texts, "; ");
  }

  [[nodiscard]] static std::string there_is(const PythonProject& of) {
    if (of.candidates.empty())
      return of.left_out.empty() ? " (it has no files)" : " (none is for this target)";
    if (!of.direct_url.empty())
      return " (" + of.direct_url + " is " + of.candidates.front().version.str() + ")";
    const auto by_version = [](const auto& a, const auto& b) { return a.version < b.version; };
    const auto [oldest, newest] = std::minmax_element(of.candidates.begin(), of.candidates.end(), by_version);
    if (oldest->version == newest->version) return " (there is " + oldest->version.str() + " alone)";
    return " (there are " + oldest->version.str() + " to " + newest->version.str() + ")";
  }

  // Requirements that each hold alone.
  [[nodiscard]] std::string clash() const {
    const std::string quarrel = quarrel_of(sides_);
    std::vector<std::string> about;
    for (const auto& side : sides_) {
      if (side.target == quarrel) about.push_back(side.who() + side.require() + side.what());
    }
    if (about.size() > most_sides) {
      const std::string more = std::to_string(about.size() - most_sides + 1) + " more";
      about.resize(most_sides - 1);
      about.push_back(more);
    }
    std::string text = "no version of " + (quarrel.empty() ? std::string("what is asked for") : quarrel) +
                       " satisfies all that require it: " + join(about, "; ");
    std::vector<std::string> others;
    for (const auto& [project, words] : words_)
      others.insert(others.end(), words.begin(), words.end());
    if (!others.empty()) text += " (" + join(others, ", ") + and_here() + ")";
    return text;
  }

  const PythonCore& core_;
  const PythonScene& scene_;
  std::vector<Side> sides_;
  std::map<std::string, std::vector<std::string>> words_;  // of barriers, by project
  std::string here_;                                       // the interpreter, where a barrier rests on it
};

}  // namespace

std::string quarrel_of(const PythonCore& core, const PythonProjects& projects) {
  return quarrel_of(sides_of(core, projects));
}

Conflict explain_python(const std::vector<PythonCore>& cores, const PythonScene& scene) {
  Conflict conflict;
  for (const auto& core : cores)
    conflict.conflicts.push_back(Telling(core, scene).tell());
  return conflict;
}

}  // namespace mlrepro
