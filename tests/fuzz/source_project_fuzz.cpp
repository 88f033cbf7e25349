// pyproject.toml and PKG-INFO of a source, parted by the first NUL, and the log of its build: whatever they
// say, a source's metadata have a name, and its backend's folders stay in it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "services/python_build/build_failure.hpp"
#include "services/python_build/source_metadata.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mlrepro;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\0');
  SourceTexts texts;
  texts.pyproject = text.substr(0, end);
  if (end != std::string_view::npos) texts.pkg_info = text.substr(end + 1);
  try {
    const auto known = judge_source(texts, "input");
    if (known.metadata && known.metadata->name.empty()) std::abort();
    for (const auto& folder : known.build_system.backend_path) {
      if (folder.starts_with('/') || folder.starts_with("../") || folder == "..") std::abort();
    }
  } catch (const Error&) {
  }
  if (hint_of_failure(text).empty()) std::abort();
  return 0;
}
