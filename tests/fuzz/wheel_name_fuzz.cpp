#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "standards/python/name.hpp"
#include "standards/python/tag.hpp"

// A name that is read is normalised; any tag can be ranked and taken apart.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::python;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const SupportedTags tags(3, 11, {2, 36}, "x86_64");
  if (const auto wheel = WheelName::parse(text)) {
    if (wheel->name != normalise_name(wheel->name) || !is_valid_name(wheel->name)) std::abort();
    (void)tags.rank(*wheel);
    for (const auto& platform : wheel->platforms)
      (void)LinuxPlatform::parse(platform);
  }
  (void)SdistName::parse(text, "foo");
  return 0;
}
