// Core metadata (METADATA, PKG-INFO): PEP 241, 314, 345, 566, 643, 685. Header fields of RFC 822's shape,
// UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/python/version.hpp"

namespace mlrepro::python {

struct CoreMetadata {
  std::string metadata_version;  // "2.1"
  std::string name;              // as written
  Version version;
  std::vector<std::string> requires_dist;  // as written, in order; Requirement::parse may refuse some
  std::optional<std::string> requires_python;
  std::vector<std::string> provides_extra;  // normalised, in order, no repeats
  std::vector<std::string> dynamic;         // lower-case field names

  // Absent where Name or Version is missing or bad, or the text is over 16 MiB. Stops at the body
  // (Description). Unknown fields and broken lines are passed over.
  [[nodiscard]] static std::optional<CoreMetadata> parse(std::string_view text);
  // PEP 643: what an sdist says about `field` ("requires-dist") holds for every wheel built from it.
  [[nodiscard]] bool is_static(std::string_view field) const;
};

}  // namespace mlrepro::python
