#include "standards/python/name.hpp"

#include "base/characters.hpp"

namespace mlrepro::python {
namespace {

bool is_separator(char c) {
  return c == '-' || c == '_' || c == '.';
}
}  // namespace

std::string normalise_name(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (is_separator(c)) {
      if (i == 0 || !is_separator(name[i - 1])) out += '-';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

bool is_valid_name(std::string_view name) {
  if (name.empty() || !is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) return false;
  for (const char c : name) {
    if (!is_alphanumeric(c) && !is_separator(c)) return false;
  }
  return true;
}

}  // namespace mlrepro::python
