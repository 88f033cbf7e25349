#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/python/specifier.hpp"

// Canonical text reads as itself with the same key; `==V` holds V and `<V`, `>V` do not; a set is its
// canonical text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::python;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto version = Version::parse(text)) {
    const auto again = Version::parse(version->str());
    if (!again || again->str() != version->str() || again->key() != version->key()) std::abort();
    if (!Specifier::exactly(*version).contains(*version)) std::abort();
    const std::string plain(version->public_part());
    if (Specifier::parse("<" + plain)->contains(*version) ||
        Specifier::parse(">" + plain)->contains(*version))
      std::abort();
    if (!Specifier::parse(">=" + plain)->contains(*version) ||
        !Specifier::parse("<=" + plain)->contains(*version))
      std::abort();
  }
  if (const auto set = SpecifierSet::parse(text)) {
    const auto again = SpecifierSet::parse(set->str());
    if (!again || again->str() != set->str() || again->ranges() != set->ranges()) std::abort();
  }
  return 0;
}
