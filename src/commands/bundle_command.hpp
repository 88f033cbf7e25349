// mlrepro bundle: a project with all that it needs in one file, and that file opened again.
#pragma once

#include <string>

#include "commands/invocation.hpp"

namespace mlrepro {

struct BundleOptions {
  std::string output;  // to be written
  std::string open;    // to be opened; one of the two
};

[[nodiscard]] int bundle_command(const Invocation& invocation, const BundleOptions& options);

// Each half; services/bundle/bundle_format.hpp says what is in it.
[[nodiscard]] int write_bundle_command(const Invocation& invocation, const std::string& output);
[[nodiscard]] int open_bundle_command(const Invocation& invocation, const std::string& file);

}  // namespace mlrepro
