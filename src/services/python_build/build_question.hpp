// A source whose build is being found out: what its backend asks for, and its metadata.
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "services/python_build/wheel_builder.hpp"
#include "services/resolve/source_builder.hpp"
#include "standards/python/metadata.hpp"

namespace mlrepro {

struct BuildQuestion {
  SourceFile source;
  bool with_metadata = false;
  PythonBuild build = {};
  std::map<std::string, std::string> preferred = {};  // name -> version, for its build packages
  std::optional<BuildTask> task = {};                 // what is to be asked in a room
  std::optional<std::vector<std::string>> requirements = {};
  std::optional<python::CoreMetadata> metadata = {};
  std::exception_ptr failure = {};
};

// What messages call it.
[[nodiscard]] std::string shown(const SourceFile& source);

// Works on a question that has not failed. What fails stays with it, unless the user asked us to stop.
void attempt(BuildQuestion& question, const std::function<void()>& work);

// Throws the first failure, with what to do about the others.
void refuse(const std::vector<BuildQuestion>& questions);

}  // namespace mlrepro
