// Project and extra names: PEP 503 "Normalized Names", PEP 508 "Names".
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::python {

// Lower case, runs of '-', '_' and '.' as one '-'. Defined for any bytes; only a valid name is worth
// comparing.
[[nodiscard]] std::string normalise_name(std::string_view name);
// ASCII letters, digits, '-', '_', '.', with a letter or digit at both ends.
[[nodiscard]] bool is_valid_name(std::string_view name);

}  // namespace mlrepro::python
