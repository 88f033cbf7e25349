// .gitmodules (gitmodules(5), in git's configuration format): where submodules come from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::git {

struct Submodule {
  std::string url;    // as written
  bool left = false;  // update = none: not checked out
};

// By path. Lines that are none, sections without a path or URL and includes are passed over.
[[nodiscard]] std::map<std::string, Submodule> parse_gitmodules(std::string_view text);

// What `url` means in a repository that came from `parent`: "./" and "../" start there, "user@host:path" is
// ssh. Absent where it leads to this machine's own files though the parent did not come from them, or to a
// transport that is none of ours.
[[nodiscard]] std::optional<std::string> submodule_url(std::string_view parent, std::string_view url);

}  // namespace mlrepro::git
