// "No" as a value: why a set of wishes cannot be met.
#pragma once

#include <string>
#include <vector>

#include "codec/json.hpp"

namespace mlrepro {

struct ConflictLink {
  std::string from;         // "mlrepro.toml", "scikit-learn 1.5.0", "python3 3.11.2-1"
  std::string requirement;  // "numpy>=2.5"
  std::string to;           // what meets it or fails to: "numpy 1.26.4", "no version of numpy"
};

struct ConflictEntry {
  std::string message;              // one sentence
  std::vector<ConflictLink> chain;  // from the manifest to the failure
  std::string suggestion;           // the nearest change that would help; may be empty
};

struct Conflict {
  std::vector<ConflictEntry> conflicts;  // at least one
};

// {"kind": "conflict", "version": 1, "conflicts": [...]}
[[nodiscard]] Json to_json(const Conflict& conflict);

// The same for a person: lines of at most 80 columns (longer where one word is), links in columns, long
// chains cut short.
struct ToldLine {
  enum class Part { message, link, suggestion } part = Part::message;
  std::string text;
};
[[nodiscard]] std::vector<ToldLine> told(const Conflict& conflict);
// Those lines, each with its end.
[[nodiscard]] std::string describe(const Conflict& conflict);

}  // namespace mlrepro
