#include "commands/lock_python.hpp"

#include <variant>

#include "base/error.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {
namespace {

PythonInterpreter interpreter(const Manifest& manifest, const Lockfile& lock) {
  if (!lock.os) {
    // No OS part: the interpreter is named, and wheels are judged against the oldest glibc of a living
    // Debian.
    return {"", *manifest.python->version, "cpython", "glibc 2.31", {}};
  }
  const auto found = interpreter_of(lock.os->packages);
  if (found) return *found;
  throw Error(ErrorKind::input, "no-interpreter", "[python] asks for packages, but [os] brings no python3",
              "add \"python3\" to os.packages");
}

}  // namespace

std::optional<Conflict> lock_python(const Invocation& invocation, const Manifest& manifest,
                                    const std::optional<Lockfile>& before, const Upgrades& upgrades,
                                    HttpClient& client, const BlobStore& store, Lockfile& lock) {
  const PythonConfig& python = *manifest.python;
  PythonRequest request;
  request.requirements = python.requirements;
  request.constraints = python.constraints;
  request.overrides = python.overrides;
  request.hashes = python.hashes;
  request.requires_python = python.requires_python;
  request.interpreter = interpreter(manifest, lock);
  request.machine = lock.machine();
  if (lock.os) request.ground = ground_of(lock.os->suite, lock.os->packages);
  request.indexes = python_indexes(python);
  request.prereleases = python.prereleases;
  request.exclude_newer = manifest.exclude_newer;
  request.exclude_newer_than_pins = manifest.exclude_newer_than_pins;
  if (before && before->python) {
    for (const auto& package : before->python->packages) {
      if (!upgrades.moves(package.name)) request.preferred[package.name] = package.version;
    }
  }
  request.cache = invocation.cache / "metadata";
  auto answer = resolve_python(request, client, store, *invocation.progress);
  if (auto* conflict = std::get_if<Conflict>(&answer)) return std::move(*conflict);
  auto& solution = std::get<PythonSolution>(answer);
  lock.python = PythonSection{std::move(solution.interpreter), std::move(solution.packages)};
  return std::nullopt;
}

}  // namespace mlrepro
