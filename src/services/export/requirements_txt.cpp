#include "services/export/requirements_txt.hpp"

#include "base/text.hpp"

namespace mlrepro {
namespace {

// pip's own form; a relative path has no name before it, for "name @ ./path" is none of pip's.
std::string origin_of(const PythonPackage& package) {
  const PythonOrigin& origin = *package.origin;
  const std::string extras = package.extras.empty() ? "" : "[" + join(package.extras, ",") + "]";
  const std::string below = origin.subdirectory.empty() ? "" : "#subdirectory=" + origin.subdirectory;
  const std::string named = package.name + extras + " @ ";
  if (origin.vcs) return named + "git+" + origin.vcs->url + "@" + origin.vcs->commit + below;
  if (!origin.url.empty()) return named + origin.url + below;
  if (origin.path.starts_with('/')) return named + "file://" + origin.path + below;
  return (origin.path.starts_with('.') ? "" : "./") + origin.path + below + extras;
}

}  // namespace

bool is_source_tree(const PythonPackage& package) {
  if (!package.origin || !package.origin->url.empty()) return false;
  const std::string& path = package.origin->path;
  return package.origin->vcs.has_value() || path.substr(path.rfind('/') + 1) != package.file.name;
}

std::string requirements_txt(const Lockfile& lock) {
  std::string text = "# mlrepro export requirements, lock id " + lock.id().tagged() + "\n";
  if (!lock.python) return text;
  text += "# for " + lock.python->interpreter.implementation + " " + lock.python->interpreter.version +
          " on " + lock.python->interpreter.libc + "\n";
  for (const auto& package : lock.python->packages) {
    const std::string hash = " \\\n    --hash=" + package.file.sha256.tagged() + "\n";
    if (package.origin) {
      text += origin_of(package) + (is_source_tree(package) ? "\n" : hash);
    } else {
      text += package.name + "==" + package.version + hash;
    }
    auto origins = package.required_by;
    if (package.requested) origins.insert(origins.begin(), "the manifest");
    if (!origins.empty()) text += "    # via " + join(origins, ", ") + "\n";
  }
  return text;
}

}  // namespace mlrepro
