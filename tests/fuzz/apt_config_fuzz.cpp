// apt.conf(5): any bytes.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "services/index/apt_config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::map<std::string, std::string> values;
  mlrepro::add_apt_config({reinterpret_cast<const char*>(data), size}, values);
  return 0;
}
