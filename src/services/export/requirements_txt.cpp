#include "services/export/requirements_txt.hpp"

#include "base/text.hpp"
#include "services/export/target_packages.hpp"
#include "standards/python/direct_url.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// pip's own form; a relative path has no name before it, for "name @ ./path" is none of pip's.
std::string origin_of(const PythonPackage& package, const fs::path& folder) {
  const PythonOrigin& origin = *package.origin;
  const std::string extras = package.extras.empty() ? "" : "[" + join(package.extras, ",") + "]";
  const std::string below = origin.subdirectory.empty() ? "" : "#subdirectory=" + origin.subdirectory;
  const std::string named = package.name + extras + " @ ";
  if (origin.vcs) {
    // pip wants a whole address of a repository.
    const auto beside = python::relative_repository(origin.vcs->url);
    const std::string from =
        beside ? python::repository_at(fs::absolute(folder / *beside).string()) : origin.vcs->url;
    return named + "git+" + from + "@" + origin.vcs->commit + below;
  }
  if (!origin.url.empty()) return named + origin.url + below;
  if (origin.path.starts_with('/')) return named + "file://" + origin.path + below;
  return (origin.path.starts_with('.') ? "" : "./") + origin.path + below + extras;
}

std::string hashes_of(const TargetPackage& entry) {
  std::string text;
  for (const auto& wheel : entry.wheels)
    text += " \\\n    --hash=" + wheel.sha256.tagged();
  if (entry.source) text += " \\\n    --hash=" + entry.source->sha256.tagged();
  return text;
}

}  // namespace

std::string requirements_txt(const std::vector<Lockfile>& targets, const fs::path& folder) {
  const Lockfile& first = targets.front();
  std::string text = "# mlrepro export requirements, lock id " + first.id().tagged() + "\n";
  if (!first.python) return text;
  for (const auto& target : targets) {
    const PythonInterpreter& interpreter = target.python->interpreter;
    text += "# for " + interpreter.implementation + " " + interpreter.version + " on " + interpreter.libc +
            (targets.size() > 1 ? ", " + target.name().platform : "") + "\n";
  }
  for (const auto& entry : target_packages(targets)) {
    const PythonPackage& package = entry.package;
    const std::string marker = marker_of(entry.targets, targets);
    text += package.origin ? origin_of(package, folder) : package.name + "==" + package.version;
    if (!marker.empty()) text += " ; " + marker;
    if (!is_source_tree(package)) text += hashes_of(entry);
    text += "\n";
    auto origins = package.required_by;
    if (package.requested) origins.insert(origins.begin(), "the manifest");
    if (!origins.empty()) text += "    # via " + join(origins, ", ") + "\n";
  }
  return text;
}

}  // namespace mlrepro
