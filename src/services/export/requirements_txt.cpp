#include "services/export/requirements_txt.hpp"

#include "base/text.hpp"

namespace mlrepro {

std::string requirements_txt(const Lockfile& lock) {
  std::string text = "# mlrepro export requirements, lock id " + lock.id().tagged() + "\n";
  if (!lock.python) return text;
  text += "# for " + lock.python->interpreter.implementation + " " + lock.python->interpreter.version +
          " on " + lock.python->interpreter.libc + "\n";
  for (const auto& package : lock.python->packages) {
    text += package.name + "==" + package.version + " \\\n    --hash=" + package.file.sha256.tagged() + "\n";
    auto origins = package.required_by;
    if (package.requested) origins.insert(origins.begin(), "the manifest");
    if (!origins.empty()) text += "    # via " + join(origins, ", ") + "\n";
  }
  return text;
}

}  // namespace mlrepro
