// A project that comes from a URL or path: the manifest says what it is, and no index is asked.
#pragma once

#include <string>

#include "documents/lockfile/lockfile.hpp"
#include "services/resolve/python_project.hpp"
#include "standards/python/metadata.hpp"

namespace mlrepro {

struct PythonDirect {
  std::string url;     // canonical (python::DirectUrl::str): what a requirement for a URL must name
  std::string source;  // logical: "git", "url", "path"
  python::CoreMetadata metadata;  // of the whole version
  PythonFile file;
  PythonOrigin origin;
};

// Its one candidate, its metadata taken; none where a constraint or the allowed hashes speak against it.
[[nodiscard]] PythonProject make_direct_project(const std::string& name, const PythonDirect& direct,
                                                const PythonTarget& target, const CandidatePolicy& policy);

// What an index would say of it.
[[nodiscard]] ProjectPage direct_page(const PythonDirect& direct);

}  // namespace mlrepro
