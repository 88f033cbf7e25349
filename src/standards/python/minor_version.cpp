#include "standards/python/minor_version.hpp"

namespace mlrepro::python {

std::string minor_of(std::string_view version) {
  const auto first = version.find('.');
  if (first == std::string_view::npos) return std::string(version);
  return std::string(version.substr(0, version.find('.', first + 1)));
}

}  // namespace mlrepro::python
