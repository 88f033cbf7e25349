#include "standards/python/bytecode.hpp"

#include <filesystem>

namespace mlrepro::python {

std::string bytecode_path(std::string_view source, std::string_view minor) {
  const std::filesystem::path path(source);
  std::string series(minor);
  std::erase(series, '.');
  return (path.parent_path() / "__pycache__" / path.stem()).string() + ".cpython-" + series + ".pyc";
}

}  // namespace mlrepro::python
