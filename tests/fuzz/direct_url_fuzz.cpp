#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "standards/python/direct_url.hpp"

// Canonical text is direct, reads as itself, and has nothing of a password.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro::python;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string why;
  (void)is_direct(text);
  const auto requirement = DirectRequirement::parse(text, why);
  if (!requirement) {
    if (why.empty()) std::abort();
    return 0;
  }
  const std::string canonical = requirement->str();
  const auto again = DirectRequirement::parse(canonical, why);
  if (!again || again->str() != canonical || !is_direct(canonical)) std::abort();
  if (without_userinfo(requirement->url.url) != again->url.url) std::abort();
  return 0;
}
