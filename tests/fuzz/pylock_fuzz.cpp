// pylock.toml of others, and its markers.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "documents/config/pylock_file.hpp"
#include "documents/config/pylock_marker.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)mlrepro::fold_marker(text, {{"gpu"}, {"dev"}});
  try {
    (void)mlrepro::parse_pylock(text, "pylock.toml", "locks", {{"gpu"}, {"dev"}, true});
  } catch (const mlrepro::Error&) {
    // What it may throw.
  }
  return 0;
}
