#include "services/resolve/python_resolver.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/resolve/python_explain.hpp"
#include "services/resolve/python_mask.hpp"
#include "services/resolve/python_pins.hpp"
#include "services/resolve/python_problem.hpp"
#include "services/resolve/python_reader.hpp"
#include "services/resolve/python_solution.hpp"
#include "services/resolve/python_source.hpp"
#include "services/resolve/python_suggestion.hpp"
#include "standards/python/name.hpp"

namespace mlrepro {
namespace {

python::Requirement parsed(const std::string& line, const char* what) {
  auto requirement = python::Requirement::parse(line);
  if (!requirement) {
    throw Error(ErrorKind::input, "bad-requirement",
                std::string("the ") + what + " \"" + line + "\" is not PEP 508",
                "for example numpy>=2, or torch==2.9.0; python_version >= \"3.10\"");
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
          python::SupportedTags(3, static_cast<int>(*minor), *libc, request.machine),
          *parsed_version,
          {}};
}

class Resolver {
 public:
  Resolver(const PythonRequest& request, PythonSource& source, Progress& progress)
      : request_(request),
        source_(source),
        progress_(progress),
        target_(target_of(request)),
        exclude_newer_(request.exclude_newer),
        reader_(request, target_, jobs_, constraints_, source, progress) {
    for (const auto& line : request.overrides) {
      auto override = parsed(line, "override");
      auto& list = target_.overrides[override.name];
      if (!override.applies(target_.environment)) continue;
      override.marker.reset();
      list.push_back(std::move(override));
    }
    std::vector<python::Requirement> jobs;
    for (const auto& line : request.requirements) {
      auto requirement = parsed(line, "requirement");
      if (!requirement.applies(target_.environment)) continue;
      for (auto& wanted : overridden(std::move(requirement), target_))
        jobs.push_back(std::move(wanted));
    }
    std::sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) {
      return std::make_pair(a.name, a.str()) < std::make_pair(b.name, b.str());
    });
    const auto same = [](const auto& a, const auto& b) { return a.str() == b.str(); };
    jobs.erase(std::unique(jobs.begin(), jobs.end(), same), jobs.end());
    for (auto& job : jobs)
      jobs_.emplace_back(std::move(job), "");
    for (const auto& line : request.constraints) {
      auto constraint = parsed(line, "constraint");
      if (constraint.applies(target_.environment)) constraints_.push_back(std::move(constraint));
    }
    std::sort(constraints_.begin(), constraints_.end(),
              [](const auto& a, const auto& b) { return a.str() < b.str(); });
  }

  // Guesses save reading; only what was solved without a guess about a chosen version counts, and only a
  // conflict without any is real.
  std::variant<PythonSolution, Conflict> resolve() {
    auto result = decide();
    if (auto* refused = std::get_if<PythonRefusal>(&result)) return explained(*refused);
    if (auto* conflict = std::get_if<Conflict>(&result)) return std::move(*conflict);
    return std::get<PythonSolution>(std::move(result));
  }

  // Without a word about why not.
  std::optional<PythonSolution> attempt() {
    trying_ = true;
    auto result = decide();
    if (auto* solution = std::get_if<PythonSolution>(&result)) return std::move(*solution);
    return std::nullopt;
  }

 private:
  std::variant<PythonSolution, Conflict, PythonRefusal> decide() {
    if (auto conflict = interpreter_refused()) return std::move(*conflict);
    if (request_.exclude_newer_than_pins) {
      const PinTime pin = youngest_pin(jobs_, target_, source_);
      reader_.exclude_newer(pin.time);
      exclude_newer_ = pin.time;
      progress_.note("exclude-newer is " + format_rfc3339(pin.time) + ", when " + pin.package +
                     " was published");
    }
    reader_.read_newest();
    for (;;) {
      auto result = solve_python(reader_.projects(), jobs_, masks_, true);
      const bool guessed = std::holds_alternative<PythonAnswer>(result);
      if (!guessed) {
        result = solve_python(reader_.projects(), jobs_, masks_, false);
        if (auto* refused = std::get_if<PythonRefusal>(&result)) {
          progress_.finish("python packages");
          return std::move(*refused);
        }
      }
      const auto& answer = std::get<PythonAnswer>(result);
      if (!trying_ && !std::exchange(builds_expected_, true)) reader_.expect_builds(answer);
      if (guessed ? reader_.read_unknown(answer) : reader_.read_widely(answer)) continue;
      if (!trying_ && reader_.read_untried(answer)) continue;
      if (reader_.build_unknown(answer)) continue;
      if (!trying_) reader_.identify(answer);
      progress_.finish("python packages");
      auto solution = python_solution(request_, target_, jobs_, reader_.projects(), answer, progress_);
      solution.exclude_newer = exclude_newer_;
      return solution;
    }
  }

  Conflict explained(const PythonRefusal& refused) {
    const auto cores = minimal_cores(refused, reader_.projects());
    const PythonScene scene{request_, target_, reader_.projects(), source_};
    Conflict conflict = explain_python(cores, scene);
    suggest_python(
        conflict, cores, scene,
        [](const PythonRequest& changed, PythonSource& source) {
          NoProgress silent;
          return Resolver(changed, source, silent).attempt();
        },
        progress_);
    return conflict;
  }

  // A project's own Requires-Python is meant: its upper bound counts too.
  [[nodiscard]] std::optional<Conflict> interpreter_refused() const {
    if (!request_.requires_python) return std::nullopt;
    const auto bounds = python::SpecifierSet::parse(*request_.requires_python);
    if (!bounds) {
      throw Error(ErrorKind::input, "bad-pyproject",
                  "project.requires-python = \"" + *request_.requires_python + "\" is no version specifier");
    }
    if (bounds->contains(target_.python_version)) return std::nullopt;
    const auto& interpreter = request_.interpreter;
    const std::string has =
        (interpreter.package.empty() ? "python" : interpreter.package) + " " + interpreter.version;
    const std::string wants = "Python " + *request_.requires_python;
    return Conflict{{{"pyproject.toml requires " + wants + ", but the environment has " + has,
                      {{"pyproject.toml", wants, has}},
                      interpreter.package.empty() ? "set python.version to one that fits"
                                                  : "choose an os.suite whose python3 fits"}}};
  }

  const PythonRequest& request_;
  PythonSource& source_;
  Progress& progress_;
  PythonTarget target_;
  std::vector<PythonDependency> jobs_;
  std::vector<python::Requirement> constraints_;
  VersionMasks masks_;
  std::optional<UnixTime> exclude_newer_;
  bool trying_ = false;  // nobody will install what comes out
  bool builds_expected_ = false;
  PythonReader reader_;
};

}  // namespace

std::variant<PythonSolution, Conflict> resolve_python(const PythonRequest& request, PythonSource& source,
                                                      Progress& progress) {
  return Resolver(request, source, progress).resolve();
}

}  // namespace mlrepro
