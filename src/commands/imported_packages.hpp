// Whether what a build gave can be imported, and what a person may do where not.
#pragma once

#include <optional>
#include <string>

#include "commands/invocation.hpp"
#include "services/image/import_check.hpp"

namespace mlrepro {

struct ImportReport {
  bool asked = false;  // [build] check-imports wants it, and there is Python
  ImportCheck check;
  double seconds = 0;
  std::string hint;  // where something failed

  [[nodiscard]] std::size_t failed_packages() const;
};

// Imports the packages that the manifest asks for, or those that build.check-imports names. Throws
// Error(input, "no-package") for a name that the lock has not. With `kept` what is known of earlier builds is
// not imported again.
[[nodiscard]] ImportReport imported_packages(const Invocation& invocation, const Manifest& manifest,
                                             const Lockfile& lock, const RealisedImage& image,
                                             const std::optional<KeptForms>& kept = {});

// "datasets 2.14.5: import datasets: AttributeError: ..."
[[nodiscard]] std::string words_of(const ImportOutcome& outcome);

// The value of `imports` in the document of a build.
[[nodiscard]] Json to_json(const ImportCheck& check);

}  // namespace mlrepro
