#include "services/export/pylock.hpp"

#include <algorithm>

#include "adapters/net/http_client.hpp"
#include "base/error.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "codec/toml.hpp"
#include "services/export/target_packages.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/minor_version.hpp"
#include "standards/python/version.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using Urls = std::map<std::string, std::vector<std::string>>;

std::string size_and_hash(const PythonFile& file) {
  return "size = " + std::to_string(file.size) + ", hashes = { sha256 = " + toml_string(file.sha256.hex()) +
         " }";
}

std::string file_entry(const PythonPackage& package, const PythonFile& file, const Urls& urls) {
  const auto url = urls.find(file.name);
  if (url == urls.end() || url->second.empty()) {
    throw Error(ErrorKind::input, "file-gone", "no Python index offers " + file.name + " any more",
                "mlrepro lock --upgrade-package " + package.name + " chooses another version");
  }
  return "{ name = " + toml_string(file.name) +
         ", url = " + toml_string(without_credentials(url->second.front())) + ", " + size_and_hash(file) +
         " }";
}

std::string file_lines(const TargetPackage& entry, const Urls& urls) {
  std::string text;
  if (entry.source) text += "sdist = " + file_entry(entry.package, *entry.source, urls) + "\n";
  std::vector<std::string> wheels;
  for (const auto& wheel : entry.wheels)
    wheels.push_back(file_entry(entry.package, wheel, urls));
  if (wheels.size() == 1) text += "wheels = [" + wheels.front() + "]\n";
  if (wheels.size() > 1) text += "wheels = [\n  " + join(wheels, ",\n  ") + ",\n]\n";
  return text;
}

std::string relative_path(const std::string& path, const fs::path& from) {
  if (path.starts_with('/')) return path;
  return fs::path(path).lexically_relative(from.lexically_normal()).generic_string();
}

// PEP 751: [packages.vcs], [packages.directory], [packages.archive].
std::string origin_line(const PythonPackage& package, const fs::path& from) {
  const PythonOrigin& origin = *package.origin;
  const std::string below =
      origin.subdirectory.empty() ? "" : ", subdirectory = " + toml_string(origin.subdirectory);
  if (origin.vcs) {
    const auto beside = python::relative_repository(origin.vcs->url);
    return "vcs = { type = \"git\", " +
           (beside ? "path = " + toml_string(relative_path(*beside, from))
                   : "url = " + toml_string(origin.vcs->url)) +
           ", commit-id = " + toml_string(origin.vcs->commit) + below + " }";
  }
  const std::string path = origin.path.empty() ? "" : relative_path(origin.path, from);
  if (is_source_tree(package)) return "directory = { path = " + toml_string(path) + below + " }";
  const std::string place =
      origin.url.empty() ? "path = " + toml_string(path) : "url = " + toml_string(origin.url);
  return "archive = { " + place + ", " + size_and_hash(package.file) + below + " }";
}

// PEP 751, packages.dependencies: what of the other entry tells it from all others.
std::string dependency_entry(const TargetPackage& entry, bool alone, const fs::path& from) {
  std::string text = "{ name = " + toml_string(entry.package.name);
  if (!alone && !is_source_tree(entry.package)) text += ", version = " + toml_string(entry.package.version);
  if (!alone && entry.package.origin) text += ", " + origin_line(entry.package, from);
  return text + " }";
}

bool share_a_target(const TargetPackage& a, const TargetPackage& b) {
  return std::any_of(a.targets.begin(), a.targets.end(), [&](std::size_t target) {
    return std::binary_search(b.targets.begin(), b.targets.end(), target);
  });
}

std::vector<std::string> dependencies_of(const TargetPackage& entry, const std::vector<TargetPackage>& all,
                                         const fs::path& from) {
  std::vector<std::string> entries;
  for (const auto& name : entry.needs) {
    const auto first = std::partition_point(all.begin(), all.end(),
                                            [&](const auto& other) { return other.package.name < name; });
    const auto last =
        std::find_if(first, all.end(), [&](const auto& other) { return other.package.name != name; });
    for (auto other = first; other != last; ++other)
      if (share_a_target(entry, *other)) entries.push_back(dependency_entry(*other, last - first == 1, from));
  }
  return entries;
}

// One series as it is; of several the least, as PEP 751 wants: `environments` says the rest.
std::string requires_python(const std::vector<Lockfile>& targets) {
  std::vector<std::string> minors;
  for (const auto& target : targets)
    minors.push_back(python::minor_of(target.python->interpreter.version));
  sort_unique(minors);
  if (minors.size() == 1) return "==" + minors.front() + ".*";
  return ">=" + *std::min_element(minors.begin(), minors.end(), [](const auto& a, const auto& b) {
           const auto left = python::Version::parse(a);
           const auto right = python::Version::parse(b);
           return left && right ? *left < *right : a < b;
         });
}

}  // namespace

std::string pylock_toml(const std::vector<Lockfile>& targets, const Urls& urls, const fs::path& from) {
  const bool has_python = std::all_of(targets.begin(), targets.end(),
                                      [](const auto& target) { return target.python.has_value(); });
  if (targets.empty() || !has_python) {
    throw Error(ErrorKind::input, "no-python",
                "the lock has no Python packages, which is all that pylock.toml holds");
  }
  std::string text = "# mlrepro export pylock, lock id " + targets.front().id().tagged() + "\n";
  text += "lock-version = \"1.0\"\n";
  std::vector<std::string> environments;
  for (const auto& target : targets)
    environments.push_back(toml_string(environment_marker(target)));
  text += environments.size() == 1 ? "environments = [" + environments.front() + "]\n"
                                   : "environments = [\n  " + join(environments, ",\n  ") + ",\n]\n";
  text += "requires-python = " + toml_string(requires_python(targets)) + "\n";
  text += "created-by = \"mlrepro\"\n";
  const auto packages = target_packages(targets);
  for (const auto& entry : packages) {
    const PythonPackage& package = entry.package;
    text += "\n[[packages]]\nname = " + toml_string(package.name) + "\n";
    if (!is_source_tree(package)) text += "version = " + toml_string(package.version) + "\n";
    const std::string marker = marker_of(entry.targets, targets);
    if (!marker.empty()) text += "marker = " + toml_string(marker) + "\n";
    const auto dependencies = dependencies_of(entry, packages, from);
    if (!dependencies.empty()) text += "dependencies = [" + join(dependencies, ", ") + "]\n";
    text += package.origin ? origin_line(package, from) + "\n" : file_lines(entry, urls);
  }
  return text;
}

}  // namespace mlrepro
