// RECORD of an installed distribution (PEP 376, PEP 627, binary distribution format): CSV of path, hash,
// size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/digest.hpp"

namespace mlrepro::python {

struct RecordEntry {
  std::string path;  // as written, '/' separated
  std::string hash;  // "sha256=" and URL-safe Base64 without padding; "" for none
  std::optional<std::uint64_t> size;

  // The digest where the hash is a well-formed sha256; absent where there is none or it is of another kind.
  [[nodiscard]] std::optional<Sha256> sha256() const;
  bool operator==(const RecordEntry&) const = default;
};

// "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
[[nodiscard]] std::string record_hash(const Sha256& digest);

// Absent where a quote stays open, a line has fewer than one or more than three fields, or a path is empty or
// repeated with another hash.
[[nodiscard]] std::optional<std::vector<RecordEntry>> parse_record(std::string_view text);
// Sorted by path, "\n" at line ends, quotes only where needed. parse_record of it gives the sorted entries.
[[nodiscard]] std::string render_record(std::vector<RecordEntry> entries);

}  // namespace mlrepro::python
