#include "base/text.hpp"
#include "services/resolve/python_resolver.hpp"

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

const OsPackage* find_package(const std::vector<OsPackage>& packages, const std::string& name) {
  for (const auto& package : packages) {
    if (package.name == name) return &package;
  }
  return nullptr;
}

}  // namespace

PythonGround ground_of(const std::string& suite, const std::vector<OsPackage>& packages) {
  PythonGround ground{suite, "", ""};
  for (const char* name : {"python3", "python3-minimal"}) {
    const auto* package = find_package(packages, name);
    if (package != nullptr && ground.python.empty()) ground.python = package->name + " " + package->version;
  }
  if (const auto* libc = find_package(packages, "libc6")) ground.libc = libc->name + " " + libc->version;
  return ground;
}

std::optional<PythonInterpreter> interpreter_of(const std::vector<OsPackage>& packages) {
  const auto find = [&](const std::string& name) { return find_package(packages, name); };
  // python3 (or its minimal form) names the default minor version; python3.N is the interpreter.
  const OsPackage* chosen = find("python3");
  if (chosen == nullptr) chosen = find("python3-minimal");
  if (chosen == nullptr) return std::nullopt;
  const std::string chosen_version = upstream_of(chosen->version);  // split() gives views into it
  const auto numbers = split(chosen_version, '.');
  if (numbers.size() < 2) return std::nullopt;
  const std::string minor = std::string(numbers[0]) + "." + std::string(numbers[1]);
  const OsPackage* interpreter = find("python" + minor);
  if (interpreter == nullptr) interpreter = find("python" + minor + "-minimal");
  const OsPackage* libc = find("libc6");
  if (interpreter == nullptr || libc == nullptr) return std::nullopt;
  return PythonInterpreter{interpreter->name,
                           upstream_of(interpreter->version),
                           "cpython",
                           "glibc " + upstream_of(libc->version),
                           {}};
}

}  // namespace mlrepro
