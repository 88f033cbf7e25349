// The image's Python environment: /opt/env, a venv of the Debian interpreter, with the locked wheels.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "documents/lockfile/lockfile.hpp"

namespace mlrepro {

// "3.11" of "3.11.2". Throws Error(input, "bad-lock") for what is no such version.
[[nodiscard]] std::string python_series(const PythonInterpreter& interpreter);

// Makes the environment below `root` (an empty folder; the image's tree has it in the end) and installs
// `wheels` (the checked files, one for each package of the section, same order), several at once. `tree` is
// asked for the interpreter alone. Every file is hashed against RECORD while it is written; RECORD is
// rewritten, sorted. Two wheels may bring the same path with the same bytes. Throws Error(input,
// "bad-wheel"|"file-conflict"|"no-interpreter").
//
// Returns for each package its Python sources as absolute paths in the image, sorted: what compile_bytecode
// takes.
[[nodiscard]] std::vector<std::vector<std::string>> install_wheels(
    const PythonSection& section, const std::vector<std::filesystem::path>& wheels,
    const std::filesystem::path& tree, const std::filesystem::path& root, Progress& progress);

// .pyc files at their final paths, not checked against the source (PEP 552): one fresh interpreter a package,
// with a fixed hash seed, so that neither the number of processors nor another package changes a byte. What
// does not compile stays source. `compiled`, where given, is told of each package by its index, from several
// threads.
void compile_bytecode(const PythonSection& section, const std::vector<std::vector<std::string>>& sources,
                      const std::filesystem::path& tree, const std::filesystem::path& log_folder,
                      std::int64_t source_date_epoch, Progress& progress,
                      const std::function<void(std::size_t)>& compiled);

}  // namespace mlrepro
