// requirements.txt, as pip's documentation describes the format.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "documents/config/allowed_files.hpp"

namespace mlrepro {

struct RequirementsFile {
  // In order: PEP 508 lines, and direct ones (-e, URLs, paths) as direct_line() gives them, relative to the
  // folder of the file that is read.
  std::vector<std::string> requirements;
  std::vector<std::string> constraints;       // of -c files
  std::vector<AllowedFiles> hashes;           // algorithms other than sha256 beside a sha256 say nothing new
  std::optional<std::string> index_url;       // -i, --index-url: instead of the machine's index
  std::vector<std::string> extra_index_urls;  // --extra-index-url
  std::vector<std::string> find_links;  // -f, --find-links: URLs, paths below the folder of the file read
  bool no_index = false;                // --no-index: of find_links alone
  bool prereleases = false;             // --pre
  // --only-binary, --no-binary: normalised names and ":all:", sorted. Of two that name one package the later
  // counts, and ":none:" empties its list, as in pip.
  std::vector<std::string> only_binary;
  std::vector<std::string> no_binary;
};

// Follows -r and -c (files, relative to the one that names them, each once as either kind). Comments,
// continued lines, a byte order mark and CRLF are understood. Options that only say how a build or a
// connection is made (--prefer-binary, --trusted-host, --use-feature) change no answer here.
// An option that would change it and is not understood, a hash without sha256, --require-hashes with a
// requirement that has none, a file that is not there and a variable of the environment are Error(input,
// "bad-requirements") with file and line.
[[nodiscard]] RequirementsFile read_requirements_file(const std::filesystem::path& file);

}  // namespace mlrepro
