// [os] of mlrepro.toml, as a value.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/json.hpp"
#include "documents/config/base_reference.hpp"
#include "documents/config/table_reader.hpp"
#include "standards/deb/preferences.hpp"

namespace mlrepro {

struct OsIndexConfig {  // [[os.index]], after sources.list(5)
  std::string url;
  std::vector<std::string> suites;
  std::vector<std::string> components;
  std::optional<std::filesystem::path> signed_by;  // keyring, resolved against the manifest's folder
  bool extra = false;                              // beside the machine's own sources, not in their place
  std::optional<std::string> snapshot = {};        // as OsConfig::snapshot, of this archive
};

struct OsConfig {
  std::string distribution = "debian";  // or "ubuntu"
  std::string suite;
  std::vector<std::string> suites = {};  // further ones of the same archive: "bookworm-backports"
  // "essential"; "minbase": adds Priority: required, and apt; else the text of `base_image`.
  std::string base = "essential";
  std::optional<BaseReference> base_image = {};
  // Debian relations, "libjpeg-dev (>= 1:2)", "name=version" or "name/suite".
  std::vector<std::string> packages = {};
  std::vector<std::string> exclude = {};  // names that are never chosen
  bool recommends = false;
  std::vector<std::string> recommends_of = {};  // packages whose Recommends are followed
  std::vector<deb::Pin> pins = {};              // apt_preferences(5)
  std::vector<OsIndexConfig> indexes = {};      // empty: the machine's own apt sources
  // URLs (http, https, file) of archives or folders to fetch locked files from before any other place.
  std::vector<std::string> mirrors = {};
  // URL template with {timestamp}, and {archive} and {suite}, of an archive that keeps every state.
  std::optional<std::string> snapshot = {};

  // Its part of Manifest::normalised(). Keys that are not used are left out, so that locks from before they
  // were known stay what they are.
  [[nodiscard]] Json normalised() const;
};

// Throws Error(input) as TableReader does. `folder`: where relative paths start.
[[nodiscard]] OsConfig read_os_config(TableReader table, const SubtableReader& below,
                                      const std::filesystem::path& folder);

}  // namespace mlrepro
