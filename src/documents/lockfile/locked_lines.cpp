#include "documents/lockfile/locked_lines.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "standards/deb/relation.hpp"
#include "standards/python/requirement.hpp"

namespace mlrepro {
namespace {

using Words = std::optional<std::string>;

std::string place_of(const PythonPackage& package) {
  if (!package.origin) return package.source;
  const PythonOrigin& origin = *package.origin;
  if (origin.vcs) return origin.vcs->url + " at " + origin.vcs->commit;
  return origin.url.empty() ? origin.path : origin.url;
}

// A branch or tag that the lock was not made for could be any commit.
bool is_from(const PythonPackage& package, const python::DirectUrl& url) {
  if (!package.origin || package.origin->subdirectory != url.subdirectory) return false;
  if (url.sha256 && *url.sha256 != package.file.sha256) return false;
  const PythonOrigin& origin = *package.origin;
  switch (url.kind) {
    case python::DirectUrl::Kind::archive: return origin.url == python::without_userinfo(url.url);
    case python::DirectUrl::Kind::local: return origin.path == url.path;
    case python::DirectUrl::Kind::git:
      return origin.vcs && origin.vcs->url == python::without_userinfo(url.url) &&
             (url.revision == origin.vcs->commit);
  }
  return false;
}

bool contains(const python::Requirement& requirement, const PythonPackage& package) {
  const auto version = python::Version::parse(package.version);
  return version && requirement.specifiers.contains(*version);
}

std::optional<deb::Alternatives> wish_of(const std::string& text) {
  try {
    return deb::parse_wish(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

LockedLines::LockedLines(const TargetView& target) {
  if (*target.os) {
    for (const auto& package : (*target.os)->packages)
      os_.emplace(package.name, Locked{package.version, package.requested});
    if (const auto& base = (*target.os)->base) {
      for (const auto& package : base->packages)
        os_.emplace(package.name, Locked{package.version, package.requested});
    }
  }
  if (const auto& python = *target.python) {
    environment_ = python::linux_cpython(python->interpreter.version, target.name.machine());
    for (const auto& package : python->packages)
      python_.emplace(package.name, &package);
  }
}

LineJudgement LockedLines::comes_from(const std::string& text) const {
  std::string why;
  const auto wanted = python::DirectRequirement::parse(text, why);
  if (!wanted) return {text, ""};
  std::string name = wanted->name;
  const PythonPackage* package = nullptr;
  for (const auto& [known, candidate] : python_) {
    if (name.empty() ? is_from(*candidate, wanted->url) : known == name) package = candidate;
  }
  if (name.empty() && package != nullptr) name = package->name;
  if (name.empty()) name = text;
  if (wanted->marker && !wanted->marker->evaluate(environment_, std::vector<std::string>{}))
    return {name, std::nullopt};
  if (package == nullptr) return {name, ""};
  if (!is_from(*package, wanted->url)) return {name, ", the lock has it from " + place_of(*package)};
  if (!package->requested) return {name, ", the lock has it for others only"};
  const bool extras = std::includes(package->extras.begin(), package->extras.end(), wanted->extras.begin(),
                                    wanted->extras.end());
  return {name, extras ? std::nullopt : Words(", the lock has it without that extra")};
}

LineJudgement LockedLines::meets(const std::string& text) const {
  if (python::is_direct(text)) return comes_from(text);
  const auto requirement = python::Requirement::parse(text);
  if (!requirement) return {text, ""};
  if (!requirement->applies(environment_)) return {requirement->name, std::nullopt};
  const auto found = python_.find(requirement->name);
  if (found == python_.end()) return {requirement->name, ""};
  const PythonPackage& package = *found->second;
  if (!contains(*requirement, package)) return {requirement->name, ", the lock has " + package.version};
  if (!package.requested) return {requirement->name, ", the lock has it for others only"};
  const bool extras = std::includes(package.extras.begin(), package.extras.end(), requirement->extras.begin(),
                                    requirement->extras.end());
  return {requirement->name, extras ? std::nullopt : Words(", the lock has it without that extra")};
}

LineJudgement LockedLines::within(const std::string& text) const {
  if (python::is_direct(text)) {
    LineJudgement line = comes_from(text);
    if (!python_.contains(line.name)) line.has_instead.reset();
    return line;
  }
  const auto constraint = python::Requirement::parse(text);
  if (!constraint) return {text, ""};
  const auto found = python_.find(constraint->name);
  const bool fits =
      found == python_.end() || !constraint->applies(environment_) || contains(*constraint, *found->second);
  return {constraint->name, fits ? std::nullopt : Words(", the lock has " + found->second->version)};
}

LineJudgement LockedLines::has(const std::string& text) const {
  const auto wish = wish_of(text);
  if (!wish) return {text, ""};
  std::string instead;
  for (const auto& relation : *wish) {
    const auto found = os_.find(relation.name);
    if (found == os_.end()) continue;
    if (relation.comparison == deb::Comparison::any ||
        deb::satisfies(found->second.version, relation.comparison, relation.version))
      return {wish->front().name,
              found->second.requested ? std::nullopt : Words(", the lock has it for others only")};
    instead = ", the lock has " + found->second.version;
  }
  return {wish->front().name, instead};
}

}  // namespace mlrepro
