#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/python/marker.hpp"

// Canonical text reads as itself and gives the same answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::python;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto target = linux_cpython("3.11.2", "x86_64");
  if (const auto marker = Marker::parse(text)) {
    const auto again = Marker::parse(marker->str());
    if (!again || again->str() != marker->str()) std::abort();
    if (again->evaluate(target, std::string_view("dev")) != marker->evaluate(target, std::string_view("dev")))
      std::abort();
  }
  return 0;
}
