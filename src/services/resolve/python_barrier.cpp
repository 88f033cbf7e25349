#include "services/resolve/python_barrier.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t most_stories = 3;

using python::LinuxPlatform;
using python::SimpleFile;
using python::WheelName;

// What is true of one version alike: versions of one reason are told together.
struct Reason {
  std::string requirement;
  std::string to;
  std::string has;   // "has wheels for CPython 3.6 alone"
  std::string have;  // the same of several
  ConflictLink ground;
};

// "3.6, 3.7 and 3.8", "3.6 to 3.10" of numbers that follow each other.
std::string range_of(const std::set<std::pair<int, int>>& pythons) {
  std::vector<std::string> texts;
  for (const auto& [major, minor] : pythons)
    texts.push_back(std::to_string(major) + (minor < 0 ? "" : "." + std::to_string(minor)));
  if (texts.size() > 2) return texts.front() + " to " + texts.back();
  return join(texts, " and ");
}

// "cp311" -> "CPython", (3, 11); "py3" -> "Python", (3, -1).
void add_python(const std::string& tag, std::map<std::string, std::set<std::pair<int, int>>>& into) {
  static const std::map<std::string, std::string> families = {
      {"cp", "CPython"}, {"pp", "PyPy"}, {"py", "Python"}, {"graalpy", "GraalPy"}, {"jy", "Jython"}};
  std::size_t digits = 0;
  while (digits < tag.size() && (tag[digits] < '0' || tag[digits] > '9'))
    ++digits;
  const auto family = families.find(tag.substr(0, digits));
  if (family == families.end() || digits >= tag.size() || tag.size() > digits + 3) return;
  const auto minor = parse_number(std::string_view(tag).substr(digits + 1));
  into[family->second].emplace(tag[digits] - '0', minor ? static_cast<int>(*minor) : -1);
}

std::string pythons_of(const std::vector<WheelName>& wheels) {
  std::map<std::string, std::set<std::pair<int, int>>> pythons;
  for (const auto& wheel : wheels) {
    for (const auto& tag : wheel.pythons)
      add_python(tag, pythons);
  }
  // CPython's builds are what this target could have had.
  if (pythons.contains("CPython")) return "CPython " + range_of(pythons["CPython"]);
  std::vector<std::string> texts;
  for (const auto& [family, versions] : pythons)
    texts.push_back(family + " " + range_of(versions));
  return texts.empty() ? "another Python" : join(texts, " and ");
}

std::string platform_words(const std::string& platform) {
  if (platform.starts_with("win")) return "Windows";
  if (platform.starts_with("macosx")) return "macOS";
  const auto linux_tag = LinuxPlatform::parse(platform);
  if (!linux_tag) return platform;
  return std::string(linux_tag->family == LinuxPlatform::Family::musllinux ? "musl Linux " : "Linux ") +
         linux_tag->machine;
}

class Judge {
 public:
  Judge(const PythonBarrier& barrier, const PythonRequest& request, const PythonTarget& target,
        const PythonProjects& projects, const ProjectPage& page)
      : barrier_(barrier),
        request_(request),
        target_(target),
        projects_(projects),
        listed_(page.files.all()) {
    for (const auto& file : listed_) {
      if (auto wheel = WheelName::parse(file.filename)) {
        if (wheel->name == barrier.project) files_[wheel->version].emplace_back(&file, std::move(wheel));
      } else if (const auto sdist = python::SdistName::parse(file.filename, barrier.project)) {
        files_[sdist->version].emplace_back(&file, std::nullopt);
      }
    }
  }

  [[nodiscard]] Reason reason(const python::Version& version) const {
    switch (barrier_.why) {
      case Hindrance::no_wheel: return wheels(version);
      case Hindrance::source_only: return source_only(version);
      case Hindrance::other_python: return other_python(version);
      case Hindrance::too_new: return too_new(version);
      case Hindrance::yanked: return yanked(version);
      case Hindrance::prerelease:
        return {"pre-releases",
                "none",
                "is a pre-release",
                "are pre-releases",
                {manifest, "python.prereleases = \"" + request_.prereleases + "\"", "none"}};
      case Hindrance::constrained: {
        const auto of = projects_.find(barrier_.project);
        const std::string bounds = of == projects_.end() ? "" : of->second.constraint;
        const std::string constraint = barrier_.project + bounds;
        return {"no constraint " + constraint,
                constraint,
                "is against the constraint " + constraint,
                "are against the constraint " + constraint,
                {manifest, "the constraint " + constraint, "no version beyond it"}};
      }
      case Hindrance::other_file:
        return {"another hash",
                "no file with a hash that is allowed",
                "has no file with a hash that the requirements file allows",
                "have no file with a hash that the requirements file allows",
                {}};
      case Hindrance::unreadable: return unreadable(version);
    }
    return {};
  }

 private:
  static constexpr const char* manifest = "mlrepro.toml";
  using Files = std::vector<std::pair<const SimpleFile*, std::optional<WheelName>>>;

  [[nodiscard]] const Files& files(const python::Version& version) const {
    static const Files none;
    const auto found = files_.find(version);
    return found == files_.end() ? none : found->second;
  }
  [[nodiscard]] const PythonCandidate* candidate(const python::Version& version) const {
    const auto of = projects_.find(barrier_.project);
    if (of == projects_.end()) return nullptr;
    for (const auto& each : of->second.candidates) {
      if (each.version == version) return &each;
    }
    return nullptr;
  }

  [[nodiscard]] Reason other_python(const python::Version& version) const {
    std::string bounds;
    if (const auto* read = candidate(version)) bounds = read->file.requires_python.value_or("");
    for (const auto& [file, wheel] : files(version)) {
      if (bounds.empty() && file->requires_python) bounds = *file->requires_python;
    }
    const auto set = python::SpecifierSet::parse(bounds);
    const std::string wants = "Python " + (set ? set->str() : bounds);
    return {wants, python_ground(request_).to, "is for " + wants, "are for " + wants,
            python_ground(request_)};
  }

  // The source would not do either where it is for another Python.
  [[nodiscard]] Reason source_only(const python::Version& version) const {
    bool any = false;
    for (const auto& [file, wheel] : files(version)) {
      any = any || wheel;
      const auto set = python::SpecifierSet::parse(file->requires_python.value_or(""));
      if (!wheel && set && !set->contains(target_.python_version)) return other_python(version);
    }
    const std::string to = request_.sources == nullptr ? "only wheels are taken" : "python.no-build";
    if (!any) {
      return {"a build from source",
              to,
              "has no wheel and is not to be built",
              "have no wheel and are not to be built",
              {}};
    }
    Reason reason = wheels(version);
    reason.has += " and is not to be built";
    reason.have += " and are not to be built";
    return reason;
  }

  [[nodiscard]] Reason wheels(const python::Version& version) const {
    std::vector<WheelName> for_other_python;
    std::set<std::string> elsewhere;
    std::optional<python::LibcVersion> libc;
    bool any = false;
    bool fits = false;
    for (const auto& [file, wheel] : files(version)) {
      if (!wheel) continue;
      any = true;
      fits = fits || target_.tags.rank(*wheel).has_value();
      if (!python_fits(*wheel)) {
        for_other_python.push_back(*wheel);
        continue;
      }
      for (const auto& platform : wheel->platforms) {
        const auto linux_tag = LinuxPlatform::parse(platform);
        const bool newer = linux_tag && linux_tag->family == LinuxPlatform::Family::manylinux &&
                           linux_tag->machine == request_.machine;
        if (newer && (!libc || std::pair(linux_tag->libc.major, linux_tag->libc.minor) <
                                   std::pair(libc->major, libc->minor)))
          libc = linux_tag->libc;
        elsewhere.insert(platform_words(platform));
      }
    }
    if (!any) return {"a wheel or a source", "none", "has no files", "have no files", {}};
    if (fits) {
      return {"a SHA-256 in the index",
              "none",
              "has no wheel with a SHA-256",
              "have no wheel with a SHA-256",
              {}};
    }
    if (libc) {
      const std::string wants =
          "glibc " + std::to_string(libc->major) + "." + std::to_string(libc->minor) + " or newer";
      return {wants, libc_ground().to, "has wheels for " + wants + " alone",
              "have wheels for " + wants + " alone", libc_ground()};
    }
    if (!elsewhere.empty()) {
      const std::string wants = join(std::vector(elsewhere.begin(), elsewhere.end()), " or ");
      return {wants,
              "Linux " + request_.machine,
              "has wheels for " + wants + " alone",
              "have wheels for " + wants + " alone",
              {}};
    }
    const std::string wants = pythons_of(for_other_python);
    return {wants, python_ground(request_).to, "has wheels for " + wants + " alone",
            "have wheels for " + wants + " alone", python_ground(request_)};
  }

  [[nodiscard]] bool python_fits(const WheelName& wheel) const {
    const std::string here = "linux_" + request_.machine;
    for (const auto& python : wheel.pythons) {
      for (const auto& abi : wheel.abis) {
        if (target_.tags.rank(python, abi, "any") || target_.tags.rank(python, abi, here)) return true;
      }
    }
    return false;
  }

  [[nodiscard]] ConflictLink libc_ground() const {
    if (request_.ground.suite.empty()) return {manifest, "no [os]", request_.interpreter.libc};
    return {manifest, "os.suite = \"" + request_.ground.suite + "\"", request_.ground.libc};
  }

  [[nodiscard]] Reason too_new(const python::Version& version) const {
    std::optional<UnixTime> first;
    for (const auto& [file, wheel] : files(version)) {
      if (wheel && target_.tags.rank(*wheel) && file->upload_time && (!first || *file->upload_time < *first))
        first = file->upload_time;
    }
    const std::string day = first ? format_rfc3339(*first).substr(0, 10) : "an unknown day";
    const std::string limit =
        request_.exclude_newer ? format_rfc3339(*request_.exclude_newer) : std::string("pins");
    return {"uploads of " + day,
            "no upload after exclude-newer",
            "is of " + day + ", after exclude-newer",
            "are of " + day + " or later, after exclude-newer",
            {manifest, "exclude-newer = \"" + limit + "\"", "no later upload"}};
  }

  [[nodiscard]] Reason yanked(const python::Version& version) const {
    std::string why;
    for (const auto& [file, wheel] : files(version)) {
      if (file->yanked && why.empty()) why = *file->yanked;
    }
    if (why.size() > 120) why = why.substr(0, 117) + "...";
    const std::string because = why.empty() ? "" : " (\"" + why + "\")";
    return {"an exact pin in the manifest", "none", "is yanked" + because, "are yanked" + because, {}};
  }

  [[nodiscard]] Reason unreadable(const python::Version& version) const {
    const auto* read = candidate(version);
    const std::string why = read == nullptr ? "" : ": " + read->broken;
    return {"metadata that can be read", "none", "cannot be used" + why, "cannot be used" + why, {}};
  }

  const PythonBarrier& barrier_;
  const PythonRequest& request_;
  const PythonTarget& target_;
  const PythonProjects& projects_;
  std::vector<SimpleFile> listed_;
  std::map<python::Version, Files> files_;
};

}  // namespace

std::string words_of(const std::vector<python::Version>& versions) {
  if (versions.size() == 1) return versions.front().str();
  if (versions.size() == 2) return versions.front().str() + " and " + versions.back().str();
  return versions.front().str() + " to " + versions.back().str() + " (" + std::to_string(versions.size()) +
         " versions)";
}

ConflictLink python_ground(const PythonRequest& request) {
  if (!request.ground.suite.empty())
    return {"mlrepro.toml", "os.suite = \"" + request.ground.suite + "\"", request.ground.python};
  return {"mlrepro.toml", "python.version = \"" + request.interpreter.version + "\"",
          "Python " + request.interpreter.version};
}

std::vector<BarrierStory> tell_barrier(const PythonBarrier& barrier, const PythonRequest& request,
                                       const PythonTarget& target, const PythonProjects& projects,
                                       PythonSource& source) {
  ProjectPage page;
  if (const auto direct = request.direct.find(barrier.project); direct != request.direct.end()) {
    page = direct_page(direct->second);
  } else {
    source.page(barrier.project, [&](const ProjectPage& answer) { page = answer; });
    source.wait();
  }
  const Judge judge(barrier, request, target, projects, page);
  std::vector<std::pair<Reason, std::vector<python::Version>>> told;  // the newest first
  std::size_t more = 0;
  for (auto version = barrier.versions.rbegin(); version != barrier.versions.rend(); ++version) {
    Reason reason = judge.reason(*version);
    const auto same = std::find_if(told.begin(), told.end(),
                                   [&](const auto& other) { return other.first.has == reason.has; });
    if (same != told.end()) {
      same->second.push_back(*version);
    } else if (told.size() < most_stories) {
      told.emplace_back(std::move(reason), std::vector<python::Version>{*version});
    } else {
      ++more;
    }
  }
  std::vector<BarrierStory> stories;
  if (more > 0) {  // too many to tell apart: the newest stand for the rest
    for (std::size_t i = 1; i < told.size(); ++i)
      more += told[i].second.size();
    told.resize(1);
  }
  for (auto& [reason, versions] : told) {
    std::reverse(versions.begin(), versions.end());
    BarrierStory story;
    const std::string who = barrier.project + " " + words_of(versions);
    story.link = {who, reason.requirement, reason.to};
    story.ground = std::move(reason.ground);
    story.words = who + " " + (versions.size() == 1 ? reason.has : reason.have);
    stories.push_back(std::move(story));
  }
  if (more > 0) {
    stories.back().words +=
        " (and " + std::to_string(more) + (more == 1 ? " version more" : " versions more") + " likewise)";
  }
  return stories;
}

}  // namespace mlrepro
