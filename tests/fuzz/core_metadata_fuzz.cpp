#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/python/metadata.hpp"
#include "standards/python/requirement.hpp"

// What is read has a name and a version, and its requirements can be tried.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::python;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto metadata = CoreMetadata::parse(text)) {
    if (metadata->name.empty() || metadata->version.str().empty()) std::abort();
    for (const auto& line : metadata->requires_dist)
      (void)Requirement::parse(line);
    (void)metadata->is_static("requires-dist");
  }
  return 0;
}
