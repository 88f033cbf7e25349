#include "services/resolve/python_resolver.hpp"
#include "standards/python/minor_version.hpp"

namespace mlrepro {
namespace {

// "1:3.11.2-6+deb12u6" -> "3.11.2"; "3.13.0~rc1-1" -> "3.13.0rc1".
std::string upstream_of(std::string_view version) {
  if (const auto colon = version.find(':'); colon != std::string_view::npos) version.remove_prefix(colon + 1);
  version = version.substr(0, version.find('-'));
  version = version.substr(0, version.find('+'));
  std::string text;
  for (const char c : version) {
    if (c != '~') text.push_back(c);
  }
  return text;
}

using Versions = std::map<std::string, std::string>;

const std::pair<const std::string, std::string>* find_package(const Versions& packages,
                                                              const std::string& name) {
  const auto found = packages.find(name);
  return found == packages.end() ? nullptr : &*found;
}

// python3 (or its minimal form) names the default minor version; python3.N is the interpreter.
std::string default_minor(const Versions& packages) {
  const auto* chosen = find_package(packages, "python3");
  if (chosen == nullptr) chosen = find_package(packages, "python3-minimal");
  if (chosen == nullptr) return {};
  const std::string version = upstream_of(chosen->second);
  return version.find('.') == std::string::npos ? std::string() : python::minor_of(version);
}

}  // namespace

PythonGround ground_of(const std::string& suite, const Versions& packages) {
  PythonGround ground{suite, "", ""};
  for (const char* name : {"python3", "python3-minimal"}) {
    const auto* package = find_package(packages, name);
    if (package != nullptr && ground.python.empty()) ground.python = package->first + " " + package->second;
  }
  if (const auto* libc = find_package(packages, "libc6")) ground.libc = libc->first + " " + libc->second;
  return ground;
}

std::optional<PythonInterpreter> interpreter_of(const Versions& packages, const std::string& minor) {
  const std::string name = "python" + (minor.empty() ? default_minor(packages) : minor);
  const auto* interpreter = find_package(packages, name);
  if (interpreter == nullptr) interpreter = find_package(packages, name + "-minimal");
  const auto* libc = find_package(packages, "libc6");
  if (name == "python" || interpreter == nullptr || libc == nullptr) return std::nullopt;
  return PythonInterpreter{interpreter->first,
                           upstream_of(interpreter->second),
                           "cpython",
                           "glibc " + upstream_of(libc->second),
                           {}};
}

}  // namespace mlrepro
