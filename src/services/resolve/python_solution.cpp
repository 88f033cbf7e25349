#include "services/resolve/python_solution.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "services/resolve/python_pins.hpp"

namespace mlrepro {
namespace {

class Writer {
 public:
  Writer(const PythonRequest& request, const PythonTarget& target, const std::vector<PythonDependency>& jobs,
         const PythonProjects& projects, const PythonAnswer& answer, Progress& progress)
      : request_(request),
        target_(target),
        jobs_(jobs),
        projects_(projects),
        answer_(answer),
        progress_(progress) {}

  PythonSolution make() {
    PythonSolution result;
    result.interpreter = request_.interpreter;
    result.interpreter.tags = target_.tags.summary();
    std::map<std::string, PythonPackage> packages;
    for (const auto& ref : answer_.chosen) {
      const PythonProject& project = projects_.at(ref.project);
      const PythonCandidate& chosen = candidate(ref);
      PythonPackage& package = packages[ref.project];
      package.name = ref.project;
      package.version = chosen.version.str();
      package.source = project.index;
      package.file = {chosen.file.filename, chosen.wheel_size, chosen.file.sha256.value_or(Sha256())};
      if (const auto direct = request_.direct.find(ref.project); direct != request_.direct.end()) {
        package.origin = direct->second.origin;
      } else {
        result.urls[chosen.file.filename] = chosen.file.url;
      }
    }
    std::map<std::string, std::set<std::string>> extras;
    for (const auto& job : jobs_) {
      const auto& wanted = job.requirement;
      packages.at(wanted.name).requested = true;
      extras[wanted.name].insert(wanted.extras.begin(), wanted.extras.end());
    }
    collect_extras(extras);
    for (const auto& ref : answer_.chosen)
      link(ref, extras, packages);
    warn(extras);
    for (auto& [name, package] : packages) {
      package.extras.assign(extras[name].begin(), extras[name].end());
      result.packages.push_back(std::move(package));
    }
    return result;
  }

 private:
  [[nodiscard]] const PythonCandidate& candidate(const CandidateRef& ref) const {
    return projects_.at(ref.project).candidates[ref.candidate];
  }

  // Extras ask for extras: to a fixed point.
  void collect_extras(std::map<std::string, std::set<std::string>>& extras) const {
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& ref : answer_.chosen) {
        for (const auto& dependency : candidate(ref).dependencies) {
          if (!dependency.extra.empty() && !extras[ref.project].contains(dependency.extra)) continue;
          for (const auto& extra : dependency.requirement.extras) {
            grew = extras[dependency.requirement.name].insert(extra).second || grew;
          }
        }
      }
    }
  }

  void link(const CandidateRef& ref, std::map<std::string, std::set<std::string>>& extras,
            std::map<std::string, PythonPackage>& packages) const {
    std::set<std::string> lines;
    for (const auto& dependency : candidate(ref).dependencies) {
      if (!dependency.extra.empty() && !extras[ref.project].contains(dependency.extra)) continue;
      lines.insert(dependency.requirement.str());
      if (dependency.requirement.name == ref.project) continue;
      auto& dependents = packages.at(dependency.requirement.name).required_by;
      if (std::find(dependents.begin(), dependents.end(), ref.project) == dependents.end())
        dependents.push_back(ref.project);
    }
    packages.at(ref.project).requires_.assign(lines.begin(), lines.end());
  }

  void warn(std::map<std::string, std::set<std::string>>& extras) const {
    if (const auto gap = gap_after_pins(jobs_, projects_, answer_)) progress_.warning(*gap);
    warn_of_unreadable();
    warn_of_files();
    for (const auto& ref : answer_.chosen) {
      const PythonCandidate& chosen = candidate(ref);
      const std::string version = ref.project + " " + chosen.version.str();
      for (const auto& extra : extras[ref.project]) {
        if (!std::binary_search(chosen.extras.begin(), chosen.extras.end(), extra))
          progress_.warning(version + " has no extra \"" + extra + "\": nothing is installed for it");
      }
      if (chosen.file.yanked) {
        const std::string& why = *chosen.file.yanked;
        progress_.warning(version + " is yanked" + (why.empty() ? "" : " (\"" + why + "\")") +
                          (chosen.preferred ? ": it is locked and stays" : ": an exact pin asks for it"));
      }
      warn_of_vanished(ref.project, chosen);
      if (chosen.last_resort) {
        progress_.warning(version + " says it is for Python " + chosen.file.requires_python.value_or("") +
                          ", not " + target_.python_version.str() +
                          ": no other version fits, it may not work");
      }
    }
  }

  void warn_of_files() const {
    std::size_t files = 0;
    std::string first;
    for (const auto& ref : answer_.chosen) {
      const PythonProject& project = projects_.at(ref.project);
      if (project.unreadable_files > 0 && first.empty()) first = project.name;
      files += project.unreadable_files;
    }
    if (files == 0) return;
    progress_.warning("passed over: " + std::to_string(files) + (files == 1 ? " file" : " files") +
                      " whose names tell no PEP 440 version, the first of " + first);
  }

  void warn_of_unreadable() const {
    constexpr std::size_t told_at_most = 5;
    std::size_t told = 0;
    std::size_t more = 0;
    for (const auto& [name, project] : projects_) {
      std::size_t count = 0;
      const PythonCandidate* first = nullptr;
      for (const auto& version : project.candidates) {
        if (version.unreadable && count++ == 0) first = &version;
      }
      if (count == 0) continue;
      if (told++ == told_at_most) more = 0;
      more += count;
      if (told > told_at_most) continue;
      progress_.warning(std::to_string(count) + (count == 1 ? " version of " : " versions of ") + name +
                        " left out: " + (count == 1 ? "its" : "their") + " metadata cannot be used (" +
                        first->version.str() + ": " + first->broken + ")");
    }
    if (told > told_at_most) {
      progress_.warning(std::to_string(more) + " versions of " + std::to_string(told - told_at_most) +
                        " other projects left out as well");
    }
  }

  // A locked version that the index has no more.
  void warn_of_vanished(const std::string& name, const PythonCandidate& chosen) const {
    const auto locked = request_.preferred.find(name);
    if (locked == request_.preferred.end() || chosen.version.str() == locked->second) return;
    const PythonProject& project = projects_.at(name);
    const auto is_it = [&](const auto& each) { return each.version.str() == locked->second; };
    if (std::any_of(project.candidates.begin(), project.candidates.end(), is_it) ||
        std::any_of(project.left_out.begin(), project.left_out.end(), is_it))
      return;
    progress_.warning(name + " " + locked->second + " is locked, but the index has it no more: " + name +
                      " " + chosen.version.str() + " takes its place");
  }

  const PythonRequest& request_;
  const PythonTarget& target_;
  const std::vector<PythonDependency>& jobs_;
  const PythonProjects& projects_;
  const PythonAnswer& answer_;
  Progress& progress_;
};

}  // namespace

PythonSolution python_solution(const PythonRequest& request, const PythonTarget& target,
                               const std::vector<PythonDependency>& jobs, const PythonProjects& projects,
                               const PythonAnswer& answer, Progress& progress) {
  return Writer(request, target, jobs, projects, answer, progress).make();
}

}  // namespace mlrepro
