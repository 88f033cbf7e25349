#include "services/resolve/python_pins.hpp"

#include <map>

#include "base/error.hpp"
#include "standards/python/requirement.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro {
namespace {

constexpr UnixTime month = 30 * 24 * 60 * 60;
constexpr UnixTime year = 365 * 24 * 60 * 60;

std::map<std::string, python::Version> exact_pins(const std::vector<PythonDependency>& jobs) {
  std::map<std::string, python::Version> pins;
  for (const auto& job : jobs) {
    if (const auto pin = job.requirement.specifiers.exact_pin()) pins.emplace(job.requirement.name, *pin);
  }
  return pins;
}

std::string day(UnixTime time) {
  return format_rfc3339(time).substr(0, 10);
}

std::optional<UnixTime> upload_of(const ProjectPage& page, const std::string& name,
                                  const python::Version& version, const PythonTarget& target) {
  std::optional<UnixTime> latest;
  std::optional<UnixTime> source;  // of a version that has no wheel
  for (const auto& file : page.files.all()) {
    if (!file.upload_time) continue;
    const auto wheel = python::WheelName::parse(file.filename);
    if (wheel && wheel->version == version && target.tags.rank(*wheel))
      latest = std::max(latest.value_or(*file.upload_time), *file.upload_time);
    const auto sdist = python::SdistName::parse(file.filename, name);
    if (sdist && sdist->version == version)
      source = std::max(source.value_or(*file.upload_time), *file.upload_time);
  }
  return latest ? latest : source;
}

}  // namespace

PinTime youngest_pin(const std::vector<PythonDependency>& jobs, const PythonTarget& target,
                     PythonSource& source) {
  const auto pins = exact_pins(jobs);
  if (pins.empty()) {
    throw Error(ErrorKind::input, "no-pins",
                "environment.exclude-newer is \"pins\", but no requirement pins a version exactly",
                "pin one, as in numpy==2.1.0, or write a time");
  }
  std::map<std::string, std::optional<UnixTime>> times;
  for (const auto& pin : pins) {
    source.page(pin.first, [&times, &pin, &target](const ProjectPage& page) {
      times[pin.first] = upload_of(page, pin.first, pin.second, target);
    });
  }
  source.wait();
  PinTime youngest;
  for (const auto& [name, version] : pins) {
    const auto time = times[name];
    if (time && (youngest.package.empty() || *time > youngest.time))
      youngest = {*time, name + " " + version.str()};
  }
  if (youngest.package.empty()) {
    throw Error(ErrorKind::input, "no-upload-times",
                "environment.exclude-newer is \"pins\", but the index tells no upload time for any of them",
                "use an index that does, or write a time");
  }
  return youngest;
}

std::optional<std::string> gap_after_pins(const std::vector<PythonDependency>& jobs,
                                          const PythonProjects& projects, const PythonAnswer& answer) {
  const auto pins = exact_pins(jobs);
  std::optional<PinTime> pinned;
  std::optional<PinTime> free;
  for (const auto& ref : answer.chosen) {
    const PythonCandidate& candidate = projects.at(ref.project).candidates[ref.candidate];
    if (!candidate.file.upload_time) continue;
    auto& side = pins.contains(ref.project) ? pinned : free;
    if (!side || *candidate.file.upload_time > side->time)
      side = PinTime{*candidate.file.upload_time, ref.project + " " + candidate.version.str()};
  }
  if (!pinned || !free || free->time - pinned->time <= year) return std::nullopt;
  return "the pins are from " + day(pinned->time) + " or older (" + pinned->package + "), but " +
         free->package + " is from " + day(free->time) +
         ": versions that never met may not work together. exclude-newer = \"pins\" under [environment] "
         "takes "
         "the rest from the pins' time";
}

std::optional<PinGap> gap_in_lock(const std::vector<std::string>& requirements,
                                  const std::vector<PythonPackage>& packages,
                                  const std::set<std::string>& names, PythonSource& source) {
  std::set<std::string> pins;
  for (const auto& line : requirements) {
    const auto requirement = python::Requirement::parse(line);
    if (requirement && requirement->specifiers.exact_pin()) pins.insert(requirement->name);
  }
  std::optional<PinTime> pinned;
  std::optional<PinTime> free;
  for (const auto& package : packages) {
    const bool is_pin = pins.contains(package.name);
    if (package.origin || (!is_pin && !names.contains(package.name))) continue;
    source.page(package.name, [&, is_pin](const ProjectPage& page) {
      for (const auto& file : page.files.all()) {
        if (file.filename != package.file.name || !file.upload_time) continue;
        auto& side = is_pin ? pinned : free;
        if (!side || *file.upload_time > side->time)
          side = PinTime{*file.upload_time, package.name + " " + package.version};
      }
    });
  }
  source.wait();
  if (!pinned || !free || free->time - pinned->time <= month) return std::nullopt;
  return PinGap{*pinned, *free};
}

}  // namespace mlrepro
