// What an entry on disk holds beside its status and bytes, read below an open folder so that no link is
// followed.
#pragma once

#include <map>
#include <string>

namespace mlrepro {

// The text of the link `name` in `folder`. `path` is for messages. Throws Error(surroundings).
[[nodiscard]] std::string read_link(int folder, const std::string& name, const std::string& path);

// The extended attributes that belong to a tree: security.capability and user.*. Labels and overlay marks
// belong to the machine. None where the file system knows none.
[[nodiscard]] std::map<std::string, std::string> read_xattrs(int fd, const std::string& path);

}  // namespace mlrepro
