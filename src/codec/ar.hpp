// The ar container of a .deb (deb(5)): "!<arch>\n", then members of a 60-byte text header and data padded to
// even. Only what deb(5) uses: plain names of at most 16 bytes, with or without GNU's closing '/'.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace mlrepro {

struct ArMember {
  std::string name;
  std::uint64_t offset = 0;  // of its first byte in the file
  std::uint64_t size = 0;
};

// Fills `into` with the bytes from `offset` on; is never asked for bytes beyond the size given to list_ar.
using ReadAt = std::function<void(std::uint64_t offset, std::span<char> into)>;

// The members in file order, 64 at most. Throws Error(input, "bad-ar") with `name` where a header is broken,
// a member reaches beyond `size`, or a name appears twice.
[[nodiscard]] std::vector<ArMember> list_ar(const ReadAt& read, std::uint64_t size, const std::string& name);

}  // namespace mlrepro
