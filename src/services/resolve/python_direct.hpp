// A project that comes from a URL or path: the manifest says what it is, and no index is asked.
#pragma once

#include <string>

#include "documents/lockfile/python_direct.hpp"
#include "services/resolve/python_project.hpp"

namespace mlrepro {

// Its one candidate, its metadata taken; none where a constraint or the allowed hashes speak against it.
[[nodiscard]] PythonProject make_direct_project(const std::string& name, const PythonDirect& direct,
                                                const PythonTarget& target, const CandidatePolicy& policy);

// What an index would say of it.
[[nodiscard]] ProjectPage direct_page(const PythonDirect& direct);

}  // namespace mlrepro
