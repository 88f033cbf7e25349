// What the sources of a project say about its environment, gathered before it is written as a manifest.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mlrepro {

struct Origin {
  std::string file;      // as the user would name it
  std::size_t line = 0;  // from 1; 0: the file as a whole
  [[nodiscard]] std::string str() const { return line == 0 ? file : file + ":" + std::to_string(line); }
};

struct DraftEntry {
  std::string value;
  Origin origin;
};

struct DraftCommand {
  std::vector<std::string> words;
  Origin origin;
};

// Addresses in the text without user name and password: these stay out of the manifest.
[[nodiscard]] std::string without_user(std::string text);

struct Draft {
  std::optional<DraftEntry> suite;
  std::optional<DraftEntry> python_version;  // "3.10": what the sources ran on
  std::optional<std::string> requires_python;
  std::vector<DraftEntry> os_packages;
  std::optional<Origin> recommends;       // where apt-get took recommended packages too
  std::vector<DraftEntry> requirements;   // PEP 508
  std::vector<DraftEntry> constraints;    // PEP 508
  std::optional<DraftEntry> index;        // URL in place of the machine's index
  std::vector<DraftEntry> extra_indexes;  // URLs asked before it
  std::vector<DraftEntry> files;          // requirements files that the manifest can name, or a pylock.toml
  std::optional<DraftEntry> pyproject;    // its path
  std::size_t pins = 0;                   // exact ones among all requirements
  std::optional<DraftEntry> workdir;
  std::vector<DraftEntry> mounts;
  std::vector<std::pair<std::string, DraftEntry>> environment;
  std::optional<DraftCommand> command;
  std::vector<DraftEntry> notes;  // what is not carried over, and why

  void note(std::string text, const Origin& origin) {
    text = without_user(std::move(text));
    for (const auto& earlier : notes) {
      if (earlier.value == text && earlier.origin.line == origin.line) return;
    }
    if (notes.size() < 200) notes.push_back({std::move(text), origin});
  }
};

}  // namespace mlrepro
