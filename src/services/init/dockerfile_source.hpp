// A Dockerfile as a source of a manifest.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "services/init/draft.hpp"

namespace mlrepro {

// Reads the last stage and those that it starts from. `shown_of` names a file of the Dockerfile's folder from
// the manifest's folder. Throws Error(input, "bad-dockerfile") where it has no FROM.
void draft_dockerfile(Draft& draft, const std::filesystem::path& file,
                      const std::function<std::string(const std::filesystem::path&)>& shown_of);

}  // namespace mlrepro
