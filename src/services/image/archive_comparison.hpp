// Two archives that differ: which of their members do, and how.
#pragma once

#include <string>

namespace mlrepro {

// For two open files: zip (jar, wheel, npz), tar, ar (static libraries, .deb), and streams of gzip, xz, zstd
// and bzip2, of a tar or of anything else. In words, "member a/b.class: bytes from offset 4 on: .../...; 2
// more members differ"; empty where they are no archives of one kind, or cannot be read as such. The members
// themselves are not looked into. `name` is for messages.
[[nodiscard]] std::string differing_members(int first, int second, const std::string& name);

}  // namespace mlrepro
