// [python] of mlrepro.toml, as a value, together with the files that it names.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/digest.hpp"
#include "documents/config/table_reader.hpp"

namespace mlrepro {

// The default index of pip is what packages mean by PyPI, whichever mirror serves it.
inline constexpr std::string_view pypi_name = "pypi";

struct PythonIndexConfig {
  std::string name;
  std::string url;
  // Normalised names, "nvidia-*" for all that begin so: these come from here and from nowhere else.
  std::vector<std::string> packages = {};
  bool only_named = false;  // `explicit`: asked for `packages` alone
};

struct PylockScope {  // what a pylock.toml is for (PEP 751), to be held against each target
  std::string file;
  std::vector<std::string> environments;       // markers, one of which must hold; empty: any
  std::optional<std::string> requires_python;  // version specifiers
};

struct PythonConfig {
  // PEP 508 or as direct_line() gives them (documents/config/direct_line.hpp); those of `files` and
  // pyproject.toml appended.
  std::vector<std::string> requirements;
  std::vector<std::string> files;            // requirements.txt and pylock.toml files as written
  std::optional<std::string> version;        // of the interpreter; with [os], which of its packages it is
  std::vector<std::string> versions;         // of several interpreters, each a target; ascending; else empty
  std::string prereleases = "stable-first";  // never | explicit | stable-first | allow
  std::vector<std::string> constraints;
  bool no_index = false;                       // of a requirements file: nothing but find_links
  std::vector<std::string> find_links;         // URLs of pages, paths of folders and pages: direct_place()
  std::vector<std::string> overrides;          // PEP 508: each stands for every requirement on its package
  std::optional<std::string> requires_python;  // of pyproject.toml
  std::vector<PylockScope> pylocks;            // in the order of `files`
  std::vector<std::string> warnings;           // of the files that were read, for whoever locks
  // Normalised names and ":all:", also of requirements files: what is taken as a wheel alone, and what is
  // built from its source. A name counts before ":all:".
  std::vector<std::string> no_build;
  std::vector<std::string> no_binary;
  // Of requirements files: name -> the only files that may be taken for it.
  std::map<std::string, std::vector<Sha256>> hashes;
  // In order of priority; empty: the machine's own pip configuration.
  std::vector<PythonIndexConfig> indexes;
  // Of requirements files, where the manifest has no indexes: asked before them, as uv does.
  std::vector<PythonIndexConfig> extra_indexes;
};

// Throws Error(input) as TableReader and the readers of those files do. `folder`: where relative paths start.
[[nodiscard]] PythonConfig read_python_config(TableReader table, const SubtableReader& below,
                                              const std::filesystem::path& folder);

}  // namespace mlrepro
