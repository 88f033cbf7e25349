#include "services/export/pylock.hpp"

#include "adapters/net/http_client.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "codec/toml.hpp"
#include "services/export/requirements_txt.hpp"
#include "standards/python/minor_version.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace {

std::string size_and_hash(const PythonFile& file) {
  return "size = " + std::to_string(file.size) + ", hashes = { sha256 = " + toml_string(file.sha256.hex()) +
         " }";
}

std::string file_line(const PythonFile& file, const std::string& url) {
  const std::string entry = "{ name = " + toml_string(file.name) +
                            ", url = " + toml_string(without_credentials(url)) + ", " + size_and_hash(file) +
                            " }";
  return is_wheel(file) ? "wheels = [" + entry + "]\n" : "sdist = " + entry + "\n";
}

// PEP 751: [packages.vcs], [packages.directory], [packages.archive].
std::string origin_line(const PythonPackage& package) {
  const PythonOrigin& origin = *package.origin;
  const std::string below =
      origin.subdirectory.empty() ? "" : ", subdirectory = " + toml_string(origin.subdirectory);
  if (origin.vcs) {
    return "vcs = { type = \"git\", url = " + toml_string(origin.vcs->url) +
           ", commit-id = " + toml_string(origin.vcs->commit) + below + " }\n";
  }
  if (is_source_tree(package)) return "directory = { path = " + toml_string(origin.path) + below + " }\n";
  const std::string place =
      origin.url.empty() ? "path = " + toml_string(origin.path) : "url = " + toml_string(origin.url);
  return "archive = { " + place + ", " + size_and_hash(package.file) + below + " }\n";
}

}  // namespace

std::string pylock_toml(const Lockfile& lock, const std::map<std::string, std::vector<std::string>>& urls) {
  if (!lock.python) {
    throw Error(ErrorKind::input, "no-python",
                "the lock has no Python packages, which is all that pylock.toml holds");
  }
  const PythonInterpreter& interpreter = lock.python->interpreter;
  const std::string minor = python::minor_of(interpreter.version);
  std::string text = "# mlrepro export pylock, lock id " + lock.id().tagged() + "\n";
  text += "lock-version = \"1.0\"\n";
  text += "environments = [" +
          toml_string("sys_platform == 'linux' and platform_machine == '" + lock.machine() +
                      "' and implementation_name == '" + interpreter.implementation +
                      "' and python_version == '" + minor + "'") +
          "]\n";
  text += "requires-python = " + toml_string("==" + minor + ".*") + "\n";
  text += "created-by = \"mlrepro\"\n";
  for (const auto& package : lock.python->packages) {
    text += "\n[[packages]]\nname = " + toml_string(package.name) + "\n";
    const bool is_tree = package.origin && is_source_tree(package);
    if (!is_tree) text += "version = " + toml_string(package.version) + "\n";
    const auto url = urls.find(package.file.name);
    if (!package.origin && (url == urls.end() || url->second.empty())) {
      throw Error(ErrorKind::input, "file-gone", "no Python index offers " + package.file.name + " any more",
                  "mlrepro lock --upgrade-package " + package.name + " chooses another version");
    }
    std::vector<std::string> dependencies;
    for (const auto& line : package.requires_) {
      const auto requirement = python::Requirement::parse(line);
      if (!requirement || requirement->name == package.name) continue;
      const std::string entry = "{ name = " + toml_string(requirement->name) + " }";
      if (dependencies.empty() || dependencies.back() != entry) dependencies.push_back(entry);
    }
    if (!dependencies.empty()) text += "dependencies = [" + join(dependencies, ", ") + "]\n";
    text += package.origin ? origin_line(package) : file_line(package.file, url->second.front());
  }
  return text;
}

}  // namespace mlrepro
