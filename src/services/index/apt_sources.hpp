// apt's own list of archives: sources.list(5), in both its formats.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct AptSource {  // one archive and suite that serves binary packages
  std::string uri;  // without a trailing '/'
  std::string suite;
  std::vector<std::string> components;
  // An embedded key block, or keyring paths and key fingerprints between spaces; empty: the machine's trusted
  // keys.
  std::string signed_by;
};

// deb822 (.sources) and one-line (.list) text. Sources that are disabled, or for source packages alone, and
// lines without URI and suite are left out. `name` is for messages: what is no deb822 is Error(input,
// "bad-control").
[[nodiscard]] std::vector<AptSource> parse_deb822_sources(std::string_view text, const std::string& name);
[[nodiscard]] std::vector<AptSource> parse_one_line_sources(std::string_view text);

// APT_FOLDER/sources.list, then sources.list.d/*.list and *.sources by name, file names chosen as apt does.
// Of the URI schemes those that we can fetch: http, https, file; copy: as file:, and for mirror+file: the
// first address that the file names.
[[nodiscard]] std::vector<AptSource> read_apt_sources(const std::filesystem::path& apt_folder);

// Key files for sources without Signed-By: trusted.gpg and trusted.gpg.d/*.{gpg,asc}.
[[nodiscard]] std::vector<std::string> trusted_keyrings(const std::filesystem::path& apt_folder);

}  // namespace mlrepro
