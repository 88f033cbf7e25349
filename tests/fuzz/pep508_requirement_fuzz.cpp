#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/python/requirement.hpp"

// Canonical text reads as itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::python;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto requirement = Requirement::parse(text)) {
    const auto again = Requirement::parse(requirement->str());
    if (!again || again->str() != requirement->str()) std::abort();
  }
  return 0;
}
