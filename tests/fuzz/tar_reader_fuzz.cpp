// Tars, also compressed ones: every path that comes out is one that a sink takes, and content has the length
// it was announced with.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  std::size_t at = 0;
  constexpr std::uint64_t most = std::uint64_t{16} << 20;
  std::uint64_t total = 0;
  try {
    read_tar(
        [&](std::span<char> into) {
          const std::size_t part = std::min(into.size(), size - at);
          std::memcpy(into.data(), data + at, part);
          at += part;
          return part;
        },
        "input",
        [&](const TreeEntry& entry, const Content& content) {
          check_tree_path(entry.path);
          if (entry.type != EntryType::file) return;
          std::uint64_t bytes = 0;
          // A small input may stand for a huge file: stop as a full disk would.
          content([&](std::string_view piece) {
            bytes += piece.size();
            total += piece.size();
            if (total > most) throw Error(ErrorKind::surroundings, "disk-full", "enough");
          });
          if (bytes != entry.size) std::abort();
        });
  } catch (const Error&) {
  }
  return 0;
}
