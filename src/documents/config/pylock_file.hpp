// pylock.toml (PEP 751) as a source of requirements: each package that it lists is an exact pin whose files
// are those that it names.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/digest.hpp"

namespace mlrepro {

struct PylockWish {
  std::vector<std::string> extras = {};
  std::vector<std::string> groups = {};  // none: the file's default-groups
  bool shared = false;                   // a pyproject.toml is read too: a name may be one of its alone
};

struct PylockFile {
  // PEP 508, in the file's order: "name==version", of what no index has "name @ URL"; with what is left of
  // the marker when the extras and groups are known.
  std::vector<std::string> requirements;
  // Normalised name -> the only files that may be taken, sorted.
  std::map<std::string, std::vector<Sha256>> hashes;
  // Folders of files that have a path and no address, as the manifest's folder sees them; empty for itself.
  std::vector<std::string> folders;
  std::vector<std::string> environments;  // markers, one of which holds; empty: any
  std::optional<std::string> requires_python;
  std::vector<std::string> warnings;  // a newer minor version of the format
};

// "pylock.toml" and "pylock.NAME.toml".
[[nodiscard]] bool is_pylock_name(std::string_view file_name);

// `base`: the file's folder as the manifest writes it, where its relative paths start. Throws Error(input):
// "bad-pylock" with key and line for what PEP 751 does not allow and for packages that a lock cannot hold (no
// SHA-256, version control other than git); "lock-version" for a newer major version; "no-extra", "no-group"
// with the nearest name.
[[nodiscard]] PylockFile parse_pylock(std::string_view text, const std::string& name,
                                      const std::filesystem::path& base, const PylockWish& wish);
[[nodiscard]] PylockFile read_pylock(const std::filesystem::path& file, const std::filesystem::path& base,
                                     const PylockWish& wish);

}  // namespace mlrepro
