// What the two forms of a simple page have in common (simple_html.cpp, simple_json.cpp).
#pragma once

#include <string_view>

#include "standards/python/simple_page.hpp"

namespace mlrepro::python {

inline constexpr std::size_t largest_page = std::size_t{256} << 20;

// Printable ASCII without '/' and '\\', 1 to 500 bytes: nothing else can be the name of a wheel or sdist.
[[nodiscard]] bool is_usable_filename(std::string_view name);
// "1.0", "1.7": a repository version that these readers know (PEP 629).
[[nodiscard]] bool is_known_repository_version(std::string_view version);
// Sets url from `reference` seen from `base`, and sha256 from its fragment where the file has none yet. False
// where it leads neither to http(s) nor to a file.
[[nodiscard]] bool set_url(SimpleFile& file, std::string_view base, std::string_view reference);

}  // namespace mlrepro::python
