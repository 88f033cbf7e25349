#include "standards/python/format_control.hpp"

#include <algorithm>

namespace mlrepro::python {
namespace {

bool lists(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

FormatControl format_control(const std::string& name, const std::vector<std::string>& only_binary,
                             const std::vector<std::string>& no_binary) {
  const std::string all = ":all:";
  if (lists(only_binary, name)) return FormatControl::wheel_alone;
  if (lists(no_binary, name)) return FormatControl::source_alone;
  if (lists(only_binary, all)) return FormatControl::wheel_alone;
  return lists(no_binary, all) ? FormatControl::source_alone : FormatControl::any;
}

}  // namespace mlrepro::python
