#include "services/resolve/python_suggestion.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/resolve/python_change.hpp"
#include "services/resolve/python_trial.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_found = 2;
constexpr std::size_t most_shown = 4;    // versions that a change gives; changes that were tried in vain
constexpr std::size_t most_pythons = 2;  // that are tried for one barrier

using python::Requirement;
using python::Version;

class Search {
 public:
  Search(const PythonScene& scene, const PythonTry& attempt, Progress& progress, TrialSource& source)
      : scene_(scene), attempt_(attempt), progress_(progress), source_(source) {}

  std::string run(const PythonCore& core, const PythonRequest& request) {
    core_ = &core;
    base_ = &request;
    quarrel_ = quarrel_of(core, scene_.projects);
    std::vector<Requirement> jobs = core.jobs;
    std::stable_partition(jobs.begin(), jobs.end(), [&](const auto& job) { return job.name == quarrel_; });
    for (const auto& job : jobs)
      respell(job);
    for (const auto& job : jobs)
      loosen(job);
    for (const auto& barrier : core.barriers)
      lift(barrier);
    for (const auto& job : jobs) {
      if (found_.empty() && request.requirements.size() > 1) keep(without(*base_, job));
    }
    return words();
  }

 private:
  struct Found {
    std::string words;
    std::string gives;
  };

  [[nodiscard]] bool enough() const {
    return over_ || found_.size() >= most_found || (!found_.empty() && source_.late());
  }

  std::optional<PythonSolution> solve(const PythonRequest& request) {
    if (over_) return std::nullopt;
    needs_build_ = false;
    progress_.update("nearest change", ++trials_, 0, Unit::items);
    try {
      return attempt_(request, source_);
    } catch (const TrialOver&) {
      over_ = true;
    } catch (const TrialNeedsBuild&) {
      needs_build_ = true;
    } catch (const Error& error) {
      over_ = over_ || error.kind() == ErrorKind::surroundings;
    }
    return std::nullopt;
  }

  // Notes what a change gives; whether it helps.
  bool keep(const PythonChange& change) {
    if (enough() || change.words.empty()) return false;
    const auto solution = solve(change.request);
    if (!solution) {
      if (needs_build_) {
        open_.push_back(change.words);
      } else if (!over_) {
        vain_.push_back(change.words);
      }
      return false;
    }
    found_.push_back({change.words, gives(*solution)});
    return true;
  }

  [[nodiscard]] std::string gives(const PythonSolution& solution) const {
    std::set<std::string> names{quarrel_};
    for (const auto& job : core_->jobs)
      names.insert(job.name);
    for (const auto& barrier : core_->barriers)
      names.insert(barrier.project);
    std::vector<std::string> texts;
    for (const auto& package : solution.packages) {
      if (names.contains(package.name) && texts.size() < most_shown)
        texts.push_back(package.name + " " + package.version);
    }
    return join(texts, ", ");
  }

  void respell(const Requirement& job) {
    const auto of = scene_.projects.find(job.name);
    if (enough() || (of != scene_.projects.end() && of->second.known)) return;
    std::vector<std::string> known;
    for (const auto& [name, project] : scene_.projects) {
      if (project.known) known.push_back(name);
    }
    for (const auto& [name, version] : scene_.request.preferred)
      known.push_back(name);
    const auto near = nearest(job.name, known);
    if (!near) return;
    quarrel_ = *near;
    keep(renamed(*base_, job, *near));
  }

  [[nodiscard]] static std::optional<Version> version_in(const PythonSolution& solution,
                                                         const std::string& name) {
    for (const auto& package : solution.packages) {
      if (package.name == name) return Version::parse(package.version);
    }
    return std::nullopt;
  }

  void loosen(const Requirement& job) {
    if (enough() || job.specifiers.empty()) return;
    const PythonChange any = with_specifiers(*base_, job, python::SpecifierSet());
    if (any.words.empty()) return;
    const auto solution = solve(any.request);
    const auto version = solution ? version_in(*solution, job.name) : std::nullopt;
    if (!version) {
      if (!over_) vain_.push_back("any version of " + job.name);
      return;
    }
    const std::size_t before = vain_.size();
    for (const auto& bounds : nearer(job, *version, candidates_of(job.name))) {
      if (keep(with_specifiers(*base_, job, bounds))) break;
      if (!over_) continue;
      // What was solved first meets its own version.
      const python::SpecifierSet itself({python::Specifier::exactly(*version)});
      found_.push_back({with_specifiers(*base_, job, itself).words, gives(*solution)});
      break;
    }
    if (!found_.empty()) vain_.resize(before);
  }

  [[nodiscard]] std::vector<Version> candidates_of(const std::string& name) const {
    std::vector<Version> versions;
    const auto of = scene_.projects.find(name);
    if (of == scene_.projects.end()) return versions;
    for (const auto& candidate : of->second.candidates) {
      if (candidate.broken.empty()) versions.push_back(candidate.version);
    }
    std::sort(versions.begin(), versions.end());
    return versions;
  }

  void lift(const PythonBarrier& barrier) {
    if (enough()) return;
    switch (barrier.why) {
      case Hindrance::too_new: return lift_date(barrier);
      case Hindrance::prerelease: keep(with_prereleases(*base_)); return;
      case Hindrance::constrained: keep(without_constraint(*base_, barrier.project)); return;
      case Hindrance::source_only: keep(with_build(*base_, barrier.project)); return other_ground(barrier);
      case Hindrance::other_file: keep(without_hashes(*base_, barrier.project)); return;
      case Hindrance::yanked:
        keep(with_pin(*base_, *core_, barrier.project, barrier.versions.back()));
        return;
      case Hindrance::other_python:
      case Hindrance::no_wheel: return other_ground(barrier);
      case Hindrance::unreadable: return;
    }
  }

  ProjectPage page_of(const std::string& name) {
    ProjectPage page;
    try {
      source_.page(name, [&](const ProjectPage& answer) { page = answer; });
      source_.wait();
    } catch (const TrialOver&) {
      over_ = true;
    }
    return page;
  }

  // The day of the version that would be taken, else no day at all.
  void lift_date(const PythonBarrier& barrier) {
    const PythonChange any = without_date(*base_);
    const auto solution = solve(any.request);
    const auto version = solution ? version_in(*solution, barrier.project) : std::nullopt;
    if (!version) {
      if (!over_) vain_.push_back(any.words);
      return;
    }
    std::optional<UnixTime> time;
    for (const auto& file : page_of(barrier.project).files.all()) {
      const auto wheel = python::WheelName::parse(file.filename);
      if (wheel && wheel->version == *version && file.upload_time && (!time || *time < *file.upload_time))
        time = file.upload_time;
    }
    if (time && keep(with_date(*base_, *time))) return;
    found_.push_back({any.words, gives(*solution)});
  }

  void other_ground(const PythonBarrier& barrier) {
    const ProjectPage page = page_of(barrier.project);
    std::size_t tried = 0;
    for (const auto& ground : other_grounds(*base_, scene_.target, barrier, page)) {
      if (enough() || ++tried > most_pythons || keep(ground)) return;
    }
  }

  [[nodiscard]] std::string words() const {
    if (found_.empty() && !open_.empty()) {
      return open_.front() + " may let it resolve: that was not tried, for only a build of the source tells";
    }
    if (found_.empty()) {
      if (vain_.empty()) return "";
      const std::size_t more = vain_.size() > most_shown ? vain_.size() - most_shown : 0;
      const std::vector<std::string> shown(vain_.begin(), vain_.end() - static_cast<std::ptrdiff_t>(more));
      return "no single change was found that helps; tried: " + join(shown, "; ") +
             (more > 0 ? "; and " + std::to_string(more) + " more" : "");
    }
    const auto& first = found_.front();
    std::string text = first.words + " lets it resolve" + (first.gives.empty() ? "" : ": " + first.gives);
    if (found_.size() > 1) {
      text += "; so does " + found_[1].words;
      if (!found_[1].gives.empty()) text += ": " + found_[1].gives;
    }
    return text;
  }

  const PythonScene& scene_;
  const PythonTry& attempt_;
  Progress& progress_;
  TrialSource& source_;
  const PythonCore* core_ = nullptr;
  const PythonRequest* base_ = nullptr;
  std::string quarrel_;
  std::vector<Found> found_;
  std::vector<std::string> vain_;
  std::vector<std::string> open_;  // only a build would tell
  std::uint64_t trials_ = 0;
  bool over_ = false;
  bool needs_build_ = false;  // the latest that did not solve
};

}  // namespace

void suggest_python(Conflict& conflict, const std::vector<PythonCore>& cores, const PythonScene& scene,
                    const PythonTry& attempt, Progress& progress) {
  std::set<std::string> fetched;
  std::set<std::string> built;
  for (const auto& [name, project] : scene.projects) {
    for (const auto& candidate : project.candidates) {
      if (candidate.fetched) fetched.insert(candidate.file.filename);
      if (candidate.source && candidate.fetched && !candidate.needs_build && candidate.broken.empty())
        built.insert(candidate.file.filename);
    }
  }
  TrialSource source(scene.source, [&](const std::string& project, const std::string& file) {
    return project.empty() ? fetched.contains(file) : scene.projects.contains(project);
  });
  std::optional<TrialBuilder> builder;
  if (scene.request.sources != nullptr) builder.emplace(*scene.request.sources, std::move(built));
  for (std::size_t i = 0; i < cores.size(); ++i) {
    // Each is told as if the others were settled.
    PythonRequest request = scene.request;
    request.sources = builder ? &*builder : nullptr;
    for (std::size_t other = 0; other < cores.size(); ++other) {
      for (const auto& job : cores[other].jobs) {
        const bool mine = std::any_of(cores[i].jobs.begin(), cores[i].jobs.end(),
                                      [&](const auto& own) { return own.str() == job.str(); });
        if (other != i && !mine) request = without(request, job).request;
      }
    }
    conflict.conflicts[i].suggestion = Search(scene, attempt, progress, source).run(cores[i], request);
  }
  progress.finish("nearest change");
}

}  // namespace mlrepro
