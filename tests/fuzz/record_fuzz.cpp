#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/python/entry_points.hpp"
#include "standards/python/record.hpp"

// What is read and written reads the same again; scripts have names that stay in their folder.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::python;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto entries = parse_record(text)) {
    const auto written = render_record(*entries);
    const auto again = parse_record(written);
    if (!again || render_record(*again) != written) std::abort();
    for (const auto& entry : *entries)
      (void)entry.sha256();
  }
  for (const auto& script : script_entry_points(text)) {
    if (script.name.find('/') != std::string::npos) std::abort();
  }
  return 0;
}
