// The files of a project that its manifest is made of.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "documents/config/manifest.hpp"

namespace mlrepro {

// Path below the manifest's folder -> bytes: the manifest as mlrepro.toml, and what it reads: requirements
// files with those that they name, pylock.toml and pyproject.toml. Read from a folder that holds these alone
// it is the same manifest. Throws Error(input, "file-outside") for one outside that folder, Error(input,
// "files-unknown") where they do not make the same manifest.
[[nodiscard]] std::map<std::string, std::string> manifest_files(const std::filesystem::path& file,
                                                                const Manifest& manifest);

}  // namespace mlrepro
