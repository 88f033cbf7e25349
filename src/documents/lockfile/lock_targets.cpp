// The targets of a lock, each as a lock of its own.
#include "base/error.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "standards/python/minor_version.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view default_platform = "linux/amd64";

std::string minor_of(const std::optional<PythonSection>& python) {
  return python ? python::minor_of(python->interpreter.version) : std::string();
}

Error unknown_target(const TargetName& name) {
  return {ErrorKind::internal, "no-target", "the lock has no target " + name.str()};
}

}  // namespace

std::string TargetName::str() const {
  return python.empty() ? platform : platform + " python" + python;
}

std::string TargetName::architecture() const {
  return platform.substr(platform.find('/') + 1);
}

std::string TargetName::machine() const {
  if (platform == "linux/amd64") return "x86_64";
  if (platform == "linux/arm64") return "aarch64";
  return {};
}

TargetName Lockfile::name() const {
  std::string platform = part_platform;
  if (platform.empty()) {
    // The manifest's platforms are sorted, and so are the targets.
    const auto platforms = inputs.find("platforms");
    const bool named = platforms != inputs.end() && platforms->is_array() && !platforms->empty() &&
                       platforms->front().is_string();
    platform = named ? platforms->front().get<std::string>() : std::string(default_platform);
  }
  return {platform, minor_of(python)};
}

std::string Lockfile::machine() const {
  return name().machine();
}

std::vector<TargetView> Lockfile::views() const {
  std::vector<TargetView> list{{name(), &os, &python, &image}};
  for (const auto& target : targets)
    list.push_back({{target.platform, minor_of(target.python)}, &target.os, &target.python, &target.image});
  return list;
}

std::vector<TargetName> Lockfile::target_names() const {
  std::vector<TargetName> names;
  for (auto& view : views())
    names.push_back(std::move(view.name));
  return names;
}

Lockfile Lockfile::target(const TargetName& wanted) const {
  for (const auto& view : views()) {
    if (view.name != wanted) continue;
    Lockfile part;
    part.inputs = inputs;
    part.os = *view.os;
    part.python = *view.python;
    part.data = data;
    part.image = *view.image;
    part.whole_id = id();
    part.part_platform = wanted.platform;
    return part;
  }
  throw unknown_target(wanted);
}

std::optional<ImageSection>& Lockfile::image_of(const TargetName& wanted) {
  if (name() == wanted) return image;
  for (auto& target : targets) {
    if (TargetName{target.platform, minor_of(target.python)} == wanted) return target.image;
  }
  throw unknown_target(wanted);
}

}  // namespace mlrepro
