#include "tree/tree_sink.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {

void check_tree_path(std::string_view path) {
  const auto refuse = [&](const char* why) {
    throw Error(ErrorKind::input, "bad-path", "refusing the path \"" + std::string(path) + "\": " + why);
  };
  if (path.empty()) refuse("it is empty");
  if (path.size() > 4096) refuse("it is longer than 4096 bytes");
  if (path.find('\0') != std::string_view::npos) refuse("it holds a NUL byte");
  for (const auto name : split(path, '/')) {
    if (name.empty()) refuse("a component is empty, or it is absolute");
    if (name == "." || name == "..") refuse("a component is . or ..");
    if (name.size() > 255) refuse("a component is longer than 255 bytes");
  }
}

}  // namespace mlrepro
