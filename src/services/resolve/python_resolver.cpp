#include "services/resolve/python_resolver.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/resolve/python_explain.hpp"
#include "services/resolve/python_problem.hpp"
#include "services/resolve/python_source.hpp"
#include "standards/python/name.hpp"

namespace mlrepro {
namespace {

// How many versions around a chosen unknown one are read with it: a round trip costs more than requests
// beside it.
constexpr std::size_t probes = 8;

class NetworkSource final : public PythonSource {
 public:
  NetworkSource(const PythonRequest& request, HttpClient& client, const BlobStore& store)
      : client_(client), index_(request.indexes, client, store, request.cache) {}
  void page(const std::string& name, std::function<void(const ProjectPage&)> answer) override {
    index_.page(name, std::move(answer));
  }
  void metadata(const python::SimpleFile& file, std::function<void(const WheelMetadata&)> answer) override {
    index_.metadata(file, std::move(answer));
  }
  void wait() override { client_.run(); }

 private:
  HttpClient& client_;
  PypiIndex index_;
};

python::Requirement parsed(const std::string& line, const char* what) {
  auto requirement = python::Requirement::parse(line);
  if (!requirement) {
    throw Error(ErrorKind::input, "bad-requirement",
                std::string("the ") + what + " \"" + line + "\" is not PEP 508",
                "for example numpy>=2, or torch==2.9.0; python_version >= \"3.10\"");
  }
  if (!requirement->url.empty()) {
    throw Error(ErrorKind::input, "bad-requirement",
                "the requirement \"" + line + "\" names a URL; only indexes are read",
                "name a version that an index has");
  }
  return *requirement;
}

PythonTarget target_of(const PythonRequest& request) {
  const std::string& version = request.interpreter.version;
  const auto parsed_version = python::Version::parse(version);
  const auto libc = python::LibcVersion::parse(request.interpreter.libc);
  const auto release =
      parsed_version ? split(parsed_version->release_part(), '.') : std::vector<std::string_view>{};
  const auto major = release.empty() ? std::nullopt : parse_number(release[0]);
  const auto minor = release.size() < 2 ? std::nullopt : parse_number(release[1]);
  if (!major || !minor || !libc || *major != 3 || *minor > 99) {
    throw Error(ErrorKind::input, "no-interpreter",
                "\"" + version + "\" on " + request.interpreter.libc +
                    " is no CPython 3 that wheels can be chosen for",
                "python.version names one: \"3.11\"");
  }
  return {python::linux_cpython(version, request.machine),
          python::SupportedTags(3, static_cast<int>(*minor), *libc, request.machine), *parsed_version};
}

class Resolver {
 public:
  Resolver(const PythonRequest& request, PythonSource& source, Progress& progress)
      : request_(request), source_(source), progress_(progress), target_(target_of(request)) {
    for (const auto& line : request.requirements) {
      auto requirement = parsed(line, "requirement");
      if (requirement.applies(target_.environment)) jobs_.push_back(std::move(requirement));
    }
    std::sort(jobs_.begin(), jobs_.end(), [](const auto& a, const auto& b) {
      return std::make_pair(a.name, a.str()) < std::make_pair(b.name, b.str());
    });
    for (auto& job : jobs_)
      job.marker.reset();
    for (const auto& line : request.constraints) {
      const auto constraint = parsed(line, "constraint");
      if (!constraint.applies(target_.environment)) continue;
      auto& set = constraints_[constraint.name];
      set = set.with(constraint.specifiers);
    }
  }

  std::variant<PythonSolution, Conflict> resolve() {
    close_over_newest();
    ask_missing_pages();
    // Guesses save reading; only what was solved without a guess about a chosen version counts, and only a
    // conflict without any is real.
    for (;;) {
      auto result = solve_python(projects_, jobs_, true);
      if (std::holds_alternative<PythonRefusal>(result)) {
        result = solve_python(projects_, jobs_, false);
        if (auto* refused = std::get_if<PythonRefusal>(&result)) {
          // A project whose page was never asked for looks like one that does not exist.
          if (ask_missing_pages()) continue;
          progress_.finish("python packages");
          return explain_python(*refused, projects_, jobs_);
        }
      }
      const auto& answer = std::get<PythonAnswer>(result);
      if (!fetch_unknown(answer)) {
        progress_.finish("python packages");
        return solution(answer);
      }
    }
  }

 private:
  [[nodiscard]] CandidatePolicy policy_for(const std::string& name) const {
    CandidatePolicy policy;
    policy.prereleases = request_.prereleases;
    policy.exclude_newer = request_.exclude_newer;
    for (const auto& job : jobs_) {
      if (job.name != name) continue;
      policy.named_prerelease = policy.named_prerelease || job.specifiers.names_prerelease();
      if (const auto pin = job.specifiers.exact_pin()) policy.yanked_pin = pin;
    }
    if (const auto pin = request_.preferred.find(name); pin != request_.preferred.end())
      policy.preferred = pin->second;
    if (const auto set = constraints_.find(name); set != constraints_.end()) policy.constraint = set->second;
    return policy;
  }

  void ask_page(const std::string& name) {
    if (!asked_.insert(name).second) return;
    source_.page(name, [this, name](const ProjectPage& page) {
      projects_[name] = make_project(name, page, target_, policy_for(name));
      step();
    });
  }

  void ask_metadata(const std::string& name, std::size_t index) {
    PythonCandidate& candidate = projects_.at(name).candidates.at(index);
    if (candidate.fetched || !reading_.insert({name, index}).second) return;
    source_.metadata(candidate.file, [this, name, index](const WheelMetadata& metadata) {
      take_metadata(projects_.at(name).candidates.at(index), metadata, target_);
      step();
    });
  }

  void step() { progress_.update("python packages", ++steps_, 0, Unit::items); }

  // Level by level from the manifest: pages, then the metadata of the version that fits what is known at the
  // level's start. What is read is a function of the index's content alone.
  void close_over_newest() {
    std::vector<python::Requirement> level = jobs_;
    std::set<std::string> known;  // "name extras specifiers" already followed
    while (!level.empty()) {
      for (const auto& requirement : level)
        ask_page(requirement.name);
      source_.wait();
      std::set<CandidateRef> chosen;
      for (const auto& requirement : level) {
        const auto& candidates = projects_.at(requirement.name).candidates;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
          if (!requirement.specifiers.contains(candidates[i].version)) continue;
          chosen.insert({requirement.name, i});
          ask_metadata(requirement.name, i);
          break;
        }
      }
      source_.wait();
      std::vector<python::Requirement> next;
      for (const auto& requirement : level) {
        for (const auto& ref : chosen) {
          if (ref.project == requirement.name) follow(ref, requirement.extras, known, next);
        }
      }
      level = std::move(next);
    }
  }

  void follow(const CandidateRef& ref, const std::vector<std::string>& extras, std::set<std::string>& known,
              std::vector<python::Requirement>& next) {
    for (const auto& dependency : projects_.at(ref.project).candidates[ref.candidate].dependencies) {
      const bool wanted = dependency.extra.empty() ||
                          std::find(extras.begin(), extras.end(), dependency.extra) != extras.end();
      if (wanted && known.insert(dependency.requirement.str()).second) next.push_back(dependency.requirement);
    }
  }

  // Reads what the answer rests on and is not known, with probes around it, and the pages that turn up.
  // Returns whether there was anything.
  bool fetch_unknown(const PythonAnswer& answer) {
    std::set<CandidateRef> wanted;
    for (const auto& ref : answer.chosen) {
      if (!projects_.at(ref.project).candidates[ref.candidate].fetched) add_with_probes(ref, wanted);
    }
    for (const auto& ref : wanted)
      ask_metadata(ref.project, ref.candidate);
    source_.wait();
    const bool pages = ask_missing_pages();
    return !wanted.empty() || pages;
  }

  // Older neighbours at growing distance: where one version fails, those beside it mostly fail alike.
  void add_with_probes(const CandidateRef& ref, std::set<CandidateRef>& wanted) const {
    const auto& candidates = projects_.at(ref.project).candidates;
    wanted.insert(ref);
    std::size_t distance = 1;
    for (std::size_t i = 1; i < probes; ++i, distance *= 2) {
      const std::size_t at = ref.candidate + distance;
      if (at >= candidates.size()) break;
      if (!candidates[at].fetched) wanted.insert({ref.project, at});
    }
  }

  bool ask_missing_pages() {
    const std::size_t before = asked_.size();
    std::set<std::string> names;
    for (const auto& [name, project] : projects_) {
      for (const auto& candidate : project.candidates) {
        for (const auto& dependency : candidate.dependencies) {
          if (dependency.extra.empty() || extra_is_asked(name, dependency.extra))
            names.insert(dependency.requirement.name);
        }
      }
    }
    for (const auto& name : names)
      ask_page(name);
    source_.wait();
    return asked_.size() != before;
  }

  [[nodiscard]] bool extra_is_asked(const std::string& name, const std::string& extra) const {
    const auto asks = [&](const python::Requirement& requirement) {
      return requirement.name == name && std::find(requirement.extras.begin(), requirement.extras.end(),
                                                   extra) != requirement.extras.end();
    };
    if (std::any_of(jobs_.begin(), jobs_.end(), asks)) return true;
    for (const auto& [other, project] : projects_) {
      for (const auto& candidate : project.candidates) {
        for (const auto& dependency : candidate.dependencies) {
          if (asks(dependency.requirement)) return true;
        }
      }
    }
    return false;
  }

  PythonSolution solution(const PythonAnswer& answer) const {
    PythonSolution result;
    result.interpreter = request_.interpreter;
    result.interpreter.tags = target_.tags.summary();
    std::map<std::string, PythonPackage> packages;
    for (const auto& ref : answer.chosen) {
      const PythonProject& project = projects_.at(ref.project);
      const PythonCandidate& candidate = project.candidates[ref.candidate];
      PythonPackage& package = packages[ref.project];
      package.name = ref.project;
      package.version = candidate.version.str();
      package.source = project.index;
      package.file = {candidate.file.filename, candidate.wheel_size, *candidate.file.sha256};
      result.urls[candidate.file.filename] = candidate.file.url;
    }
    std::map<std::string, std::set<std::string>> extras;
    for (const auto& job : jobs_) {
      packages.at(job.name).requested = true;
      extras[job.name].insert(job.extras.begin(), job.extras.end());
    }
    collect_extras(answer, extras);
    for (const auto& ref : answer.chosen)
      link(ref, extras, packages);
    for (auto& [name, package] : packages) {
      package.extras.assign(extras[name].begin(), extras[name].end());
      result.packages.push_back(std::move(package));
    }
    return result;
  }

  // Extras ask for extras: to a fixed point.
  void collect_extras(const PythonAnswer& answer,
                      std::map<std::string, std::set<std::string>>& extras) const {
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& ref : answer.chosen) {
        for (const auto& dependency : projects_.at(ref.project).candidates[ref.candidate].dependencies) {
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
    for (const auto& dependency : projects_.at(ref.project).candidates[ref.candidate].dependencies) {
      if (!dependency.extra.empty() && !extras[ref.project].contains(dependency.extra)) continue;
      lines.insert(dependency.requirement.str());
      if (dependency.requirement.name == ref.project) continue;
      auto& dependents = packages.at(dependency.requirement.name).required_by;
      if (std::find(dependents.begin(), dependents.end(), ref.project) == dependents.end())
        dependents.push_back(ref.project);
    }
    packages.at(ref.project).requires_.assign(lines.begin(), lines.end());
  }

  const PythonRequest& request_;
  PythonSource& source_;
  Progress& progress_;
  PythonTarget target_;
  std::vector<python::Requirement> jobs_;
  std::map<std::string, python::SpecifierSet> constraints_;
  PythonProjects projects_;
  std::set<std::string> asked_;
  std::set<CandidateRef> reading_;
  std::uint64_t steps_ = 0;
};

}  // namespace

std::variant<PythonSolution, Conflict> resolve_python(const PythonRequest& request, PythonSource& source,
                                                      Progress& progress) {
  return Resolver(request, source, progress).resolve();
}

std::variant<PythonSolution, Conflict> resolve_python(const PythonRequest& request, HttpClient& client,
                                                      const BlobStore& store, Progress& progress) {
  NetworkSource source(request, client, store);
  return resolve_python(request, source, progress);
}

}  // namespace mlrepro
