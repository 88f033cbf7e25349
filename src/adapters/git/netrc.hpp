// ~/.netrc, as curl and ftp read it: whose name and password a host is told.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::git {

struct Login {
  std::string user;
  std::string password;
  bool operator==(const Login&) const = default;
};

// The first entry for `host`, else that of "default". Words are split by white space; "#" starts a comment
// where a keyword may stand; a password may be quoted. Macros (macdef) are passed over.
[[nodiscard]] std::optional<Login> find_login(std::string_view netrc, std::string_view host);

}  // namespace mlrepro::git
