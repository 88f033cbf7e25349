// Completion scripts, made from the table of commands itself.
#pragma once

#include <CLI/App.hpp>
#include <string>

namespace mlrepro {

// `shell` is bash, zsh or fish.
[[nodiscard]] std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace mlrepro
