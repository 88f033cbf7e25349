#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/python/simple_page.hpp"

// File names that come out can be made into paths.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::python;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto page = parse_simple_html(text, "https://index.example.org/simple/foo/")) {
    for (const auto& file : page->files) {
      if (file.filename.empty() || file.filename.find_first_of({"/\\\0", 3}) != std::string::npos)
        std::abort();
      if (!file.url.starts_with("http") && !file.url.starts_with("file")) std::abort();
    }
  }
  return 0;
}
