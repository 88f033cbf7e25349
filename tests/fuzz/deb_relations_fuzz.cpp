#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "standards/deb/relation.hpp"

// What is read and written is read as the same; a wish is a relation field of one group.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto relations = deb::try_parse_relations(text)) {
    const auto again = deb::try_parse_relations(deb::to_string(*relations));
    if (!again || *again != *relations) std::abort();
    for (const auto& alternatives : *relations) {
      if (alternatives.empty()) std::abort();
      for (const auto& relation : alternatives)
        (void)relation.applies("amd64", {"nocheck"});
    }
  }
  try {
    if (deb::parse_wish(text).empty()) std::abort();
  } catch (const Error& error) {
    if (error.code() != "bad-relation") std::abort();
  }
  return 0;
}
