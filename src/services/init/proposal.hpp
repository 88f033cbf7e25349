// A manifest for a project that has none, from what the project already says.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace mlrepro {

struct TakenOver {
  std::string key;    // "os.packages"
  std::string value;  // "git"
  std::string from;   // "Dockerfile"; empty: a default
  std::size_t line = 0;
};

struct NotCarried {
  std::string what;  // "pip install git+https://...: ..."
  std::string from;
  std::size_t line = 0;
};

struct ManifestProposal {
  std::string text;  // parses as a manifest in `target`
  std::vector<TakenOver> taken;
  std::vector<NotCarried> left_out;  // each is a comment line of `text` as well
};

// `from` is a Dockerfile, a requirements.txt, a pyproject.toml, a pylock.toml or a folder; of a folder its
// Dockerfile, else pyproject.toml, else pylock.toml, else requirements.txt, and the script to run (train.py,
// main.py). The manifest is to lie in `target`. Reads files and runs nothing. Throws Error(input):
// "file-missing", "no-source" for a file of another kind, and what the readers of these files throw.
[[nodiscard]] ManifestProposal propose_manifest(const std::filesystem::path& from,
                                                const std::filesystem::path& target);

}  // namespace mlrepro
