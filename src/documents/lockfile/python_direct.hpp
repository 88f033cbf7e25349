// A package that a requirement names by URL or path: what stands for its project, and what a lock says of it.
#pragma once

#include <string>

#include "documents/lockfile/lockfile.hpp"
#include "standards/python/metadata.hpp"

namespace mlrepro {

struct PythonDirect {
  std::string url;     // canonical (python::DirectUrl::str): what a requirement for a URL must name
  std::string source;  // logical: "git", "url", "path"
  python::CoreMetadata metadata;  // of the whole version; its requirements for URLs in canonical text too
  PythonFile file;                // NAME-VERSION.tar for a tree
  PythonOrigin origin;
};

}  // namespace mlrepro
