// The control file of a .deb: names that come out can be file names in dpkg's database.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "services/image/package_control.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  try {
    const auto control = parse_package_control({reinterpret_cast<const char*>(data), size}, "input");
    if (control.info_name().find_first_of(std::string_view("/\0\n", 3)) != std::string::npos) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
