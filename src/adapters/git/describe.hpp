// What git says of a commit by its tags, from which the versions of many projects are made (setuptools_scm,
// hatch-vcs).
#pragma once

#include <filesystem>
#include <string>

#include "adapters/git/git_handle.hpp"

namespace mlrepro::git {

// As `git describe --tags --long --match '*[0-9]*'` has it, with nine digits of the commit, whatever else
// the repository holds: "v1.0-3-gabc1234". Where no such tag is reachable "0.0-N-gabc1234", N the number of
// commits, as setuptools_scm counts.
[[nodiscard]] std::string describe(git_repository* repository, git_object* commit);

}  // namespace mlrepro::git
