// PEP 508 requirements: "name[extra,...] specifiers ; marker" and "name @ url ; marker".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standards/python/marker.hpp"
#include "standards/python/specifier.hpp"

namespace mlrepro::python {

struct Requirement {
  std::string name;                 // normalised
  std::vector<std::string> extras;  // normalised, sorted, no repeats
  SpecifierSet specifiers;
  std::string url;  // of "name @ url"; then `specifiers` is empty
  std::optional<Marker> marker;

  // Old forms are taken: "name (>=1.0)", "name(>=1)", "name (1.0)" (which meant ==), a trailing comma. Absent
  // for anything else.
  [[nodiscard]] static std::optional<Requirement> parse(std::string_view text);
  // No marker, or one that holds.
  [[nodiscard]] bool applies(const MarkerEnvironment& environment,
                             std::span<const std::string> extras = {}) const;
  // Canonical: `name[a,b]<2,>=1; marker`, `name @ url ; marker`.
  [[nodiscard]] std::string str() const;
  [[nodiscard]] std::string str_without_marker() const;
};

}  // namespace mlrepro::python
