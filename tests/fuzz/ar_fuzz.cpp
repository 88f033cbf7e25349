// ar containers (.deb): what is listed lies within the file.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/error.hpp"
#include "codec/ar.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  try {
    const auto members = list_ar(
        [&](std::uint64_t at, std::span<char> into) {
          if (at > size || into.size() > size - at) std::abort();
          std::memcpy(into.data(), data + at, into.size());
        },
        size, "input");
    for (const auto& member : members) {
      if (member.offset > size || member.size > size - member.offset) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
