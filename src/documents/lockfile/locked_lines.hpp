// Whether one target of a lock meets a line of a manifest: a requirement, a constraint, an OS package.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "documents/lockfile/lockfile.hpp"
#include "standards/python/direct_url.hpp"
#include "standards/python/marker.hpp"

namespace mlrepro {

struct LineJudgement {
  std::string name;  // of the package that the line is about
  // Absent: the lock meets the line. Else what it has in its place, in words that go on a sentence, or "".
  std::optional<std::string> has_instead;
};

// Outlived by the lock.
class LockedLines {
 public:
  explicit LockedLines(const TargetView& target);

  // python.requirements, python.constraints, os.packages.
  [[nodiscard]] LineJudgement meets(const std::string& text) const;
  [[nodiscard]] LineJudgement within(const std::string& text) const;
  [[nodiscard]] LineJudgement has(const std::string& text) const;

  // Of a line that names a URL or path: where the lock has its package from instead. A line without a name is
  // about the package that comes from there, if any does.
  [[nodiscard]] LineJudgement comes_from(const std::string& text) const;

 private:
  struct Locked {
    std::string version;
    bool requested = false;
  };
  std::map<std::string, Locked> os_;  // what the base image has too
  std::map<std::string, const PythonPackage*> python_;
  python::MarkerEnvironment environment_;
};

}  // namespace mlrepro
